using System.ComponentModel.DataAnnotations;
using OrleansBroker.Gateway.Tls;

namespace OrleansBroker.Gateway;

/// <summary>Limits of AMQP connections and what the broker says of itself to clients.</summary>
public class GatewayOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Broker:Amqp";

    /// <summary>AMQP over TLS.</summary>
    public TlsOptions Tls { get; } = new();

    /// <summary>How long a client may take from connecting, TLS's handshake included, to connection.open. Default 10 s, as RabbitMQ has it.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Largest frame in octets that is proposed; a client may lower it. Default 128 KiB, as RabbitMQ has it.</summary>
    [Range(8192, 16 * 1024 * 1024)]
    public int FrameMax { get; set; } = 131_072;

    /// <summary>Channels of one connection. Default 2,047, as RabbitMQ has it: more is nearly always a leak in the client.</summary>
    [Range(1, 65_535)]
    public int ChannelMax { get; set; } = 2047;

    /// <summary>Proposed interval of heartbeats; the client's answer counts, 0 for none. Default 60 s, as RabbitMQ has it.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "18:12:15")]
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Most connections of this silo. Default 65,535: more do not come from one address anyway. Lowered to nine tenths of the files that
    /// the process may open, as each connection is one.
    /// </summary>
    [Range(1, 10_000_000)]
    public int MaxConnections { get; set; } = 65_535;

    /// <summary>Most connections of one user at this silo. Default 65,535: no limit beside the silo's own.</summary>
    [Range(1, 10_000_000)]
    public int MaxConnectionsPerUser { get; set; } = 65_535;

    /// <summary>Largest body of a message in octets; a larger one closes the channel (406). Default 16 MiB, as RabbitMQ 4 has it.</summary>
    [Range(1, 512 * 1024 * 1024)]
    public int MaxMessageBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>Most octets that one transaction publishes; one more closes the connection (506). Default 128 MiB: it is held in memory.</summary>
    [Range(1, int.MaxValue)]
    public int MaxTransactionBytes { get; set; } = 128 * 1024 * 1024;

    /// <summary>
    /// Octets that one connection has sent and that cannot be passed on: unfinished messages, transactions, what waits behind busy
    /// channels. It is read no further, or where that would not help it is closed (506). A single message may have the largest size
    /// whatever this says. Default 256 MiB: a transaction of the largest size, and as much beside it.
    /// </summary>
    [Range(1_048_576, int.MaxValue)]
    public int IncomingBytes { get; set; } = 256 * 1024 * 1024;

    /// <summary>Octets that wait for a slow peer before its deliveries, and reading from it, pause. Default 512 KiB: eight chunks of deliveries.</summary>
    [Range(65_536, 1_073_741_824)]
    public int OutgoingBytes { get; set; } = 524_288;

    /// <summary>A peer that takes nothing of what waits for it for this long is disconnected. Default 2 min: two heartbeats missed.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a closing connection waits for what is under way, and for the peer's close-ok. Default 10 s, as the handshake.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1000000", "00:10:00")]
    public TimeSpan CloseTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The product that clients are told. Default the broker's own name; some clients behave better towards <c>RabbitMQ</c>.</summary>
    [Required]
    public string Product { get; set; } = "OrleansBroker";

    /// <summary>The version that clients are told; empty for the broker's own. Default empty.</summary>
    public string Version { get; set; } = "";

    /// <summary>The cluster's name that clients are told. Default <c>orleansbroker</c>.</summary>
    [Required]
    public string ClusterName { get; set; } = "orleansbroker";

    /// <summary>
    /// Whether a channel.flow that asks for a pause gets one. Default false: it is refused (540) as RabbitMQ refuses it, which is what
    /// clients expect; some end where they get a pause.
    /// </summary>
    public bool PauseOnFlow { get; set; }

    /// <summary>Share of the available memory from which publishers are blocked. Default 0.6, as RabbitMQ has it. 1 switches it off.</summary>
    [Range(0.01, 1.0)]
    public double MemoryWatermark { get; set; } = 0.6;

    /// <summary>Free octets of the store's disk below which publishers are blocked. Default 512 MiB: twice what the store keeps for acks. 0: off.</summary>
    [Range(0L, 562_949_953_421_312L)]
    public long DiskFreeLimit { get; set; } = 536_870_912;

    /// <summary>The folder whose disk is watched; null where messages are on no disk.</summary>
    internal string? WatchedFolder { get; private set; }

    /// <summary>Watches the disk of the folder.</summary>
    public void WatchDisk(string folder) => WatchedFolder = folder;
}
