using System.ComponentModel.DataAnnotations;

namespace OrleansBroker.Grains.Hosting;

/// <summary>Where messages and definitions are kept.</summary>
public sealed class StoreOptions
{
    /// <summary>
    /// The store. Default <see cref="StoreProvider.RocksDb"/>: durable, fast and with nothing to install, but for one silo only.
    /// </summary>
    public StoreProvider Provider { get; set; } = StoreProvider.RocksDb;

    /// <summary>
    /// Folder of the embedded store, relative to the working directory. Default <c>./data</c>: beside where it was started, easy to
    /// find and to delete. It is locked against a second process. Not used by the other stores.
    /// </summary>
    [Required]
    public string Path { get; set; } = "./data";

    /// <summary>
    /// Npgsql's connection string of the shared store's server and database. Default: none, as the embedded stores connect to nothing.
    /// </summary>
    public string? ConnectionString { get; set; }

    /// <summary>
    /// Schema of the shared store's tables, created when it is not there. Default <c>orleansbroker</c>: out of the way of whatever else
    /// is in the database. Each cluster needs one of its own.
    /// </summary>
    [RegularExpression("^[a-z_][a-z0-9_]{0,62}$"), Required]
    public string Schema { get; set; } = "orleansbroker";

    /// <summary>
    /// Connections of this silo that write messages to PostgreSql, among which its queues are divided. Default 2: one encodes while the
    /// server works for the other, and more would only make smaller commits.
    /// </summary>
    [Range(1, 64)]
    public int Writers { get; set; } = 2;

    /// <summary>
    /// How long what is to be written waits for PostgreSql while that is away. Default 00:00:30: a restart or failover takes less, and
    /// publishers give up then as well.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Octets that RocksDb keeps in memory before it writes them to table files. Default 128 MiB: a message that is acked before that
    /// never reaches one, so more saves disk writes; it counts fully towards the resident memory.
    /// </summary>
    [Range(1L << 20, 1L << 40)]
    public long WriteBufferBytes { get; set; } = 128L << 20;

    /// <summary>
    /// Octets of RocksDb's cache of data, indexes and filters. Default 64 MiB: holds the indexes of some ten million messages of 1 KiB.
    /// </summary>
    [Range(1L << 20, 1L << 40)]
    public long BlockCacheBytes { get; set; } = 64L << 20;

    /// <summary>
    /// Octets of the disk that stay free: under that, appends are refused while removals go on, so that a full disk can be drained.
    /// Default 256 MiB: acknowledgements of some million messages and a compaction's output. 0 switches the check off.
    /// </summary>
    [Range(0L, 1L << 49)]
    public long MinimumFreeDisk { get; set; } = 256L << 20;
}

/// <summary>The stores.</summary>
public enum StoreProvider
{
    /// <summary>Embedded and durable: one database of one silo on its own disk.</summary>
    RocksDb,

    /// <summary>Embedded, and gone with the process. Several silos share the primary's: for development and tests.</summary>
    Memory,

    /// <summary>Durable, and shared by the silos of a cluster: a PostgreSQL server.</summary>
    PostgreSql,
}
