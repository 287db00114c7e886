using Microsoft.Extensions.Logging;
using OrleansBroker.Gateway.Alarms;
using OrleansBroker.Gateway.Consuming;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Publishing;
using OrleansBroker.Grains.Interfaces.Replies;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Interfaces.Tracing;

namespace OrleansBroker.Gateway;

/// <summary>What all connections of the silo share: the broker as the contracts show it, and the gateway's own parts.</summary>
internal sealed record GatewayContext(
    IPublisher Publisher,
    ITopology Topology,
    IAccessControl Access,
    IConnectionTally Tally,
    ILoginAttempts Logins,
    IGrainFactory Grains,
    TimeProvider Time,
    GatewayOptions Options,
    IAlarms Alarms,
    GatewayTelemetry Telemetry,
    ConsumingFactory Consuming,
    IReplies Replies,
    ILogger Log)
{
    /// <summary>The silo that hosts the connections, in its parsable text form: the owner of their exclusive queues.</summary>
    public required string Silo { get; init; }

    /// <summary>Takes copies of messages where that is switched on.</summary>
    public required IFirehose Firehose { get; init; }
}
