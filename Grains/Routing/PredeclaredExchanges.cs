using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Routing;

/// <summary>The exchanges that every virtual host has from the start (row 1.31). The default exchange is not among them: it has no row.</summary>
internal static class PredeclaredExchanges
{
    /// <summary>Their definitions in the given virtual host.</summary>
    public static IReadOnlyList<ExchangeDefinition> Of(string virtualHost) =>
    [
        Define(virtualHost, "amq.direct", "direct"),
        Define(virtualHost, "amq.fanout", "fanout"),
        Define(virtualHost, "amq.topic", "topic"),
        Define(virtualHost, "amq.headers", "headers"),
        Define(virtualHost, "amq.match", "headers"),
        Define(virtualHost, "amq.rabbitmq.trace", "topic") with { Internal = true },
    ];

    private static ExchangeDefinition Define(string virtualHost, string name, string type) => new()
    {
        Id = new ExchangeId(virtualHost, name),
        Type = type,
        Durable = true,
    };
}
