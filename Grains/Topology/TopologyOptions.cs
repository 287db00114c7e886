using System.ComponentModel.DataAnnotations;

namespace OrleansBroker.Grains.Topology;

/// <summary>How definitions are kept and made known to all silos.</summary>
public sealed class TopologyOptions
{
    /// <summary>
    /// The queue that every virtual host has from its creation, for clients that name none. Default <c>default</c>; empty: there is none.
    /// </summary>
    public string DefaultQueue { get; set; } = "default";

    /// <summary>
    /// Virtual hosts, parted by commas, that are created at start where they are missing, besides <c>/</c>. Default empty. One that is no
    /// longer named stays: deleting it would delete its messages.
    /// </summary>
    public string VirtualHosts { get; set; } = "";

    /// <summary>
    /// No other silo uses the store, and none can (RocksDB): no lease is needed, and what does not outlive a restart is removed at start.
    /// Default false.
    /// </summary>
    public bool SingleSilo { get; internal set; }

    /// <summary>
    /// For how long a silo may route and deliver after it renewed its lease. Default 3 s: so long a bind waits for a silo that died, and so long a
    /// silo goes on that is cut off from the store.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan LeaseDuration { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How often the lease is renewed. Default 1 s: two renewals may fail before it lapses.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1000000", "00:00:20")]
    public TimeSpan LeaseRenewal { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a bind waits for a silo's answer before it takes the silo's lease away. Default 500 ms: longer than a pause of garbage
    /// collection, for a silo that loses its lease fetches all tables anew.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.0100000", "00:01:00")]
    public TimeSpan AnswerPatience { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Pause before something that failed is tried again. Default 100 ms.</summary>
    [Range(typeof(TimeSpan), "00:00:00.0100000", "00:01:00")]
    public TimeSpan RetryPause { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Most routing tables a silo holds; with one more it drops all and fetches what it needs. Default 100,000.</summary>
    [Range(1, 10_000_000)]
    public int MaxRoutingTables { get; set; } = 100_000;

    /// <summary>How often what is due is looked for: queues that expire, owners that died. Default 1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1000000", "01:00:00")]
    public TimeSpan SweepInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How many queues or exchanges a sweep, or the deletion of a virtual host, works on at a time. Default 16.</summary>
    [Range(1, 1024)]
    public int SweepParallelism { get; set; } = 16;

    internal IReadOnlyList<string> ConfiguredVirtualHosts =>
        VirtualHosts.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
