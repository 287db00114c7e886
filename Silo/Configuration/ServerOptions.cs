using System.ComponentModel.DataAnnotations;
using OrleansBroker.Gateway;
using OrleansBroker.Grains.Hosting;
using OrleansBroker.Management;

namespace OrleansBroker.Silo.Configuration;

/// <summary>Settings of the server around the broker: its listeners, its cluster and what it tells of itself.</summary>
internal sealed class ServerOptions
{
    /// <summary>AMQP clients.</summary>
    public AmqpOptions Amqp { get; } = new();

    /// <summary>The HTTP endpoint.</summary>
    public HttpOptions Management { get; } = new();

    /// <summary>The Orleans silo.</summary>
    public LocalSiloOptions Silo { get; } = new();

    /// <summary>The cluster that the silo is a member of.</summary>
    public ClusterOptions Cluster { get; } = new();

    /// <summary>Metrics and traces.</summary>
    public TelemetryOptions Telemetry { get; } = new();

    /// <summary>Metrics for Prometheus.</summary>
    public PrometheusOptions Prometheus { get; } = new();

    /// <summary>Orleans' dashboard.</summary>
    public DashboardOptions Dashboard { get; } = new();
}

/// <summary>AMQP clients.</summary>
internal sealed class AmqpOptions : GatewayOptions
{
    /// <summary>TCP port for AMQP 0-9-1. Default 5672, which the protocol is registered for.</summary>
    [Range(1, 65535)]
    public int Port { get; set; } = 5672;

    /// <summary>Address to listen on. Default 127.0.0.1: <c>guest</c> may come from this machine only anyway.</summary>
    [Required, IPAddress]
    public string Address { get; set; } = "127.0.0.1";
}

/// <summary>The HTTP endpoint.</summary>
internal sealed class HttpOptions : ManagementOptions
{
    /// <summary>TCP port for HTTP. Default 15672, where RabbitMQ's tools look for it.</summary>
    [Range(1, 65535)]
    public int Port { get; set; } = 15672;

    /// <summary>Address to listen on. Default 127.0.0.1: nothing is reachable from outside until somebody asks for it.</summary>
    [Required, IPAddress]
    public string Address { get; set; } = "127.0.0.1";
}

/// <summary>The Orleans silo.</summary>
internal sealed class LocalSiloOptions
{
    /// <summary>TCP port on which silos reach this one. Default 11111, Orleans' own.</summary>
    [Range(1, 65535)]
    public int Port { get; set; } = 11111;

    /// <summary>
    /// Address that the silo port listens on. Default 127.0.0.1: silos have no login among themselves, so any other address belongs
    /// behind a private network. Silos on several machines need one that the others reach.
    /// </summary>
    [Required, IPAddress]
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>
    /// Address that other silos and native clients are told to reach this one at. Default: none, it is the one that it listens on; needed
    /// where that is 0.0.0.0, or behind a translation of addresses. A native client from another machine has to open just this one: what
    /// it asks of a silo is addressed to it.
    /// </summary>
    [IPAddress]
    public string? AdvertisedAddress { get; set; }

    /// <summary>TCP port on which native clients reach this silo. Default 30000, Orleans' own.</summary>
    [Range(1, 65535)]
    public int GatewayPort { get; set; } = 30000;

    /// <summary>
    /// Address that the gateway listens on. Default 127.0.0.1: a gateway has no login of its own, so any other address belongs
    /// behind a private network.
    /// </summary>
    [Required, IPAddress]
    public string GatewayAddress { get; set; } = "127.0.0.1";

    /// <summary>
    /// Silo port of the silo on this machine whose cluster this one joins. Default: none, it is the first of a cluster of its own.
    /// </summary>
    [Range(1, 65535)]
    public int? PrimaryPort { get; set; }

    /// <summary>
    /// How long a stop may take before it is cut short. Default 00:01:30: Orleans gives each grain 30 s to deactivate, and
    /// connections are drained before that.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(90);
}

/// <summary>Metrics and traces.</summary>
internal sealed class TelemetryOptions
{
    /// <summary>URL of an OpenTelemetry collector (OTLP over gRPC). Default: none, nothing is exported.</summary>
    public Uri? OtlpEndpoint { get; set; }
}

/// <summary>Metrics for Prometheus.</summary>
internal sealed class PrometheusOptions
{
    /// <summary>
    /// TCP port that Prometheus asks at; 0 switches it off. Default: none, it is 15692, RabbitMQ's, where that is free, and off where
    /// another silo of the machine has it. One that is set has to be free.
    /// </summary>
    [Range(0, 65535)]
    public int? Port { get; set; }

    /// <summary>Address to listen on. Default 127.0.0.1: there is no login, as RabbitMQ has none there.</summary>
    [Required, IPAddress]
    public string Address { get; set; } = "127.0.0.1";
}

/// <summary>Orleans' dashboard.</summary>
internal sealed class DashboardOptions
{
    /// <summary>
    /// Whether the dashboard is served under <c>/orleans</c> of the HTTP endpoint. Default false: it has no login and samples every
    /// grain call.
    /// </summary>
    public bool Enabled { get; set; }
}
