namespace OrleansBroker.FaultLab.Load;

/// <summary>Where clients reach a silo.</summary>
public sealed record SiloEndpoint
{
    /// <summary>The silo's name, for the history.</summary>
    public required string Name { get; init; }

    /// <summary>The address of all its listeners.</summary>
    public required string Host { get; init; }

    /// <summary>Its port for AMQP.</summary>
    public required int AmqpPort { get; init; }

    /// <summary>Its Orleans gateway, for native clients.</summary>
    public required int GatewayPort { get; init; }

    /// <summary>Its port for HTTP; 0 where the queues' depths are not to be compared with it.</summary>
    public int ManagementPort { get; init; }

    /// <summary>Its port for Prometheus; 0 where its counters are not to be compared.</summary>
    public int PrometheusPort { get; init; }
}
