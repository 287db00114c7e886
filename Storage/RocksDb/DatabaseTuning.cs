using RocksDbSharp;

namespace OrleansBroker.Storage.RocksDb;

/// <summary>RocksDB's settings, each with its reason.</summary>
internal sealed class DatabaseTuning
{
    public const string Messages = "messages";
    public const string Transient = "transient";
    public const string Marks = "marks";
    public const string Expiring = "expiring";
    public const string Queues = "queues";
    public const string Topology = "topology";
    public const string Sequences = "sequences";

    private const ulong BlockOctets = 16 << 10;
    private const ulong SmallBuffer = 8 << 20;

    private readonly RocksDbOptions _options;
    private readonly Cache _cache;

    public DatabaseTuning(RocksDbOptions options)
    {
        _options = options;
        _cache = Cache.CreateLru((ulong)options.BlockCacheBytes);
    }

    public DbOptions Database()
    {
        var options = new DbOptions()
            .SetCreateIfMissing(true)
            .SetCreateMissingColumnFamilies(true)
            .SetParanoidChecks(true)

            // Writing over an old log is much cheaper to sync than growing a new file (here 0.2 ms against 0.3 to 4). With recycled
            // logs RocksDB only offers PointInTime (SanitizeOptions in db_impl_open.cc), which opens where a log is damaged and drops
            // what follows; LogScan finds that before it happens.
            .SetWalRecoveryMode(Recovery.PointInTime)
            .SetRecycleLogFileNum(4)
            .SetMaxTotalWalSize((ulong)_options.WriteAheadLogBytes)
            .SetDbWriteBufferSize((ulong)_options.WriteBufferBytes)
            .SetMaxOpenFiles(_options.MaxOpenFiles)

            // One thread writes: what serves concurrent writers only costs it.
            .SetAllowConcurrentMemtableWrite(false)
            .SetEnableWriteThreadAdaptiveYield(false)

            // Writes of flushes and compactions reach the disk in small steps, so that a log's sync does not wait behind a big one.
            .SetBytesPerSync(1 << 20)
            .SkipStatsUpdateOnOpen(true)
            .SetStatsDumpPeriodSec(0)
            .SetMaxLogFileSize(4 << 20)
            .SetKeepLogFileNum(4)
            .SetInfoLogLevel(InfoLogLevel.Warn);
        var native = Native.Instance;
        native.rocksdb_options_set_max_background_jobs(options.Handle, _options.BackgroundJobs);

        // A log that was closed and synced must be there, as long as it was: a missing one is damage, not a torn tail.
        native.rocksdb_options_set_track_and_verify_wals_in_manifest(options.Handle, 1);
        native.rocksdb_options_set_stats_persist_period_sec(options.Handle, 0);
        return options;
    }

    public ColumnFamilies Families() => new(Small())
    {
        { Messages, MessageFamily() },
        { Transient, MessageFamily() },
        { Marks, Small() },
        { Expiring, Small() },
        { Queues, Small() },
        { Topology, Small() },
        { Sequences, Small() },
    };

    /// <summary>Payloads: large buffers, so that what is soon acknowledged is never written out; not compressed, as many already are.</summary>
    public ColumnFamilyOptions MessageFamily() => new ColumnFamilyOptions()
        .SetWriteBufferSize((ulong)_options.WriteBufferBytes / 2)
        .SetMaxWriteBufferNumber(4)
        .SetCompression(Compression.No)
        .SetTargetFileSizeBase(64 << 20)
        .SetMaxBytesForLevelBase(512 << 20)
        .SetLevelCompactionDynamicLevelBytes(true)

        // A backlog that is written faster than it is compacted must not stall: reads are by range and cross few files.
        .SetLevel0FileNumCompactionTrigger(4)
        .SetLevel0SlowdownWritesTrigger(40)
        .SetLevel0StopWritesTrigger(80)
        .SetBlockBasedTableFactory(Table());

    private ColumnFamilyOptions Small() => new ColumnFamilyOptions()
        .SetWriteBufferSize(SmallBuffer)
        .SetCompression(Compression.Lz4)
        .SetBlockBasedTableFactory(Table());

    private BlockBasedTableOptions Table() => new BlockBasedTableOptions()
        .SetBlockSize(BlockOctets)
        .SetBlockCache(_cache)
        .SetFilterPolicy(BloomFilterPolicy.Create(10, false))

        // In the cache, so that they are bounded with it however long the backlog is.
        .SetCacheIndexAndFilterBlocks(true)
        .SetPinL0FilterAndIndexBlocksInCache(true)
        .SetFormatVersion(6);
}
