using System.ComponentModel.DataAnnotations;

namespace OrleansBroker.Grains.Publishing;

/// <summary>How a silo publishes. Section <c>Broker:Publishing</c>.</summary>
public sealed class PublishingOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Broker:Publishing";

    /// <summary>
    /// Messages that one Enqueue call carries at most. Default 2,048: a call costs some 8 µs, which is noise from a few hundred messages
    /// on, and a longer batch only adds latency.
    /// </summary>
    [Range(1, 65_536)]
    public int BatchMessages { get; set; } = 2_048;

    /// <summary>
    /// Octets that one Enqueue call carries at most, a single larger message apart. Default 1 MiB: far below the 100 MiB at which Orleans
    /// ends a connection, and two such batches fit into a processor's cache.
    /// </summary>
    [Range(4_096, 67_108_864)]
    public int BatchBytes { get; set; } = 1024 * 1024;

    /// <summary>
    /// Octets that wait for one queue on one silo before its publishers are held back. Default 16 MiB: some ten batches, so that the
    /// link never runs dry, and a thousand busy queues still fit into memory.
    /// </summary>
    [Range(4_096, 1_073_741_824)]
    public int LinkBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>
    /// How long a batch whose outcome is unknown is sent again before its messages are given up as unknown (a nack). Default 30 s: longer
    /// than it takes to declare a silo dead and to wake the queue elsewhere.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan RetryFor { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How many (exchange, routing key) pairs a silo keeps the route of. Default 65,536, some 10 MB; the cache starts anew when it is full.
    /// </summary>
    [Range(0, 10_000_000)]
    public int CachedRoutes { get; set; } = 65_536;

    /// <summary>How long a link without traffic is kept. Default 60 s: a link costs some 300 bytes, a million idle queues must cost none.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan LinkIdle { get; set; } = TimeSpan.FromSeconds(60);
}
