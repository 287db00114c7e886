namespace OrleansBroker.Storage.RocksDb;

/// <summary>The embedded store. Every buffer that it fills is bounded here.</summary>
public sealed class RocksDbOptions
{
    /// <summary>The data folder, created when it is not there. Default: <c>./data</c>.</summary>
    public string Path { get; set; } = "./data";

    /// <summary>
    /// Octets of all memtables together. Default 128 MiB: a message that is acknowledged before its memtable is full never
    /// reaches a table file, so more saves disk writes; it counts fully towards the resident memory.
    /// </summary>
    public long WriteBufferBytes { get; set; } = 128L << 20;

    /// <summary>
    /// Octets of the cache of data, index and filter blocks. Default 64 MiB: holds the indexes of some ten million messages of 1 KiB.
    /// </summary>
    public long BlockCacheBytes { get; set; } = 64L << 20;

    /// <summary>
    /// Octets of write-ahead log after which memtables are written out so that old logs can go. Default 256 MiB: replaying as much
    /// takes a second or two, which bounds the time to open after a crash.
    /// </summary>
    public long WriteAheadLogBytes { get; set; } = 256L << 20;

    /// <summary>Table files kept open. Default 512: some 32 GiB of messages at 64 MiB a file, well under a usual limit of 1,024.</summary>
    public int MaxOpenFiles { get; set; } = 512;

    /// <summary>
    /// Octets that one write batch gathers at most. Default 4 MiB: past that a larger batch saves no more syncs, and a commit behind
    /// it waits longer. A single commit that is larger goes alone.
    /// </summary>
    public int MaxBatchBytes { get; set; } = 4 << 20;

    /// <summary>
    /// Octets of the disk that stay free: under that, appends are refused while removals go on, so that a full disk can be drained.
    /// Default 256 MiB: acknowledgements of some million messages and a compaction's output. 0 switches the check off.
    /// </summary>
    public long MinimumFreeDisk { get; set; } = 256L << 20;

    /// <summary>
    /// Up to so many octets of table files, opening reads all of them and checks their checksums. Default 256 MiB: about a second on
    /// a slow disk. In a larger store a damaged block is found when it is first read. 0: never at opening.
    /// </summary>
    public long VerifyAtOpenBytes { get; set; } = 256L << 20;

    /// <summary>Threads for flushes and compactions. Default 2: one of each; more would take the processors from the broker.</summary>
    public int BackgroundJobs { get; set; } = 2;

    /// <summary>
    /// Queues whose epoch the writer keeps in memory; the others are read when they are written to. Default 65,536: some 5 MiB.
    /// </summary>
    public int CachedQueues { get; set; } = 65_536;

    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(Path);
        ArgumentOutOfRangeException.ThrowIfLessThan(WriteBufferBytes, 1L << 20);
        ArgumentOutOfRangeException.ThrowIfLessThan(BlockCacheBytes, 1L << 20);
        ArgumentOutOfRangeException.ThrowIfLessThan(WriteAheadLogBytes, 1L << 20);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxOpenFiles, 32);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxBatchBytes, 64 << 10);
        ArgumentOutOfRangeException.ThrowIfNegative(MinimumFreeDisk);
        ArgumentOutOfRangeException.ThrowIfNegative(VerifyAtOpenBytes);
        ArgumentOutOfRangeException.ThrowIfLessThan(BackgroundJobs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(CachedQueues, 2);
    }
}
