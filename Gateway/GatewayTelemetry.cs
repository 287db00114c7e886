using System.Diagnostics.Metrics;
using OrleansBroker.Grains.Interfaces.Activity;

namespace OrleansBroker.Gateway;

/// <summary>Every instrument of the gateway. Messages are counted by the broker's own instruments, batch by batch.</summary>
internal sealed class GatewayTelemetry
{
    /// <summary>Name of the meter.</summary>
    public const string Name = "OrleansBroker.Gateway";

    /// <summary>What only channels know: the rest is counted at queues.</summary>
    public static readonly MessageCount[] PublisherCounts = [MessageCount.Confirm, MessageCount.ReturnUnroutable, MessageCount.DropUnroutable];

    private readonly UpDownCounter<long> _connections;
    private readonly UpDownCounter<long> _channels;
    private readonly UpDownCounter<long> _blocked;
    private readonly Counter<long> _refusedLogins;
    private readonly Counter<long> _errors;
    private long _connectionsOpened;
    private long _connectionsClosed;
    private long _channelsOpened;
    private long _channelsClosed;

    /// <summary>The instruments, made by the factory that the host (or a test) owns.</summary>
    public GatewayTelemetry(IMeterFactory meters)
    {
        var meter = meters.Create(Name);
        _connections = meter.CreateUpDownCounter<long>("orleansbroker.amqp.connections", "{connection}", "AMQP connections.");
        _channels = meter.CreateUpDownCounter<long>("orleansbroker.amqp.channels", "{channel}", "AMQP channels.");
        _blocked = meter.CreateUpDownCounter<long>("orleansbroker.amqp.connections.blocked", "{connection}", "Connections that an alarm holds back.");
        _refusedLogins = meter.CreateCounter<long>("orleansbroker.amqp.logins.refused", "{login}", "Logins that were refused.");
        _errors = meter.CreateCounter<long>("orleansbroker.amqp.errors", "{error}", "Channels and connections closed for an error, by reply code.");
    }

    /// <summary>Connections that were opened and closed since the start.</summary>
    public (long Opened, long Closed) ConnectionChurn => (Volatile.Read(ref _connectionsOpened), Volatile.Read(ref _connectionsClosed));

    /// <summary>Channels that were opened and closed since the start.</summary>
    public (long Opened, long Closed) ChannelChurn => (Volatile.Read(ref _channelsOpened), Volatile.Read(ref _channelsClosed));

    /// <summary>Connections came or went.</summary>
    public void Connections(int change)
    {
        _connections.Add(change);
        Interlocked.Add(ref change > 0 ? ref _connectionsOpened : ref _connectionsClosed, Math.Abs(change));
    }

    /// <summary>Channels came or went.</summary>
    public void Channels(int change)
    {
        _channels.Add(change);
        Interlocked.Add(ref change > 0 ? ref _channelsOpened : ref _channelsClosed, Math.Abs(change));
    }

    /// <summary>What channels that are closed have confirmed and returned.</summary>
    public MessageCounters ClosedChannels { get; } = new();

    /// <summary>A channel was closed.</summary>
    public void ChannelClosed(MessageCounters counters)
    {
        Channels(-1);
        foreach (var kind in PublisherCounts)
        {
            ClosedChannels.AddShared(kind, counters[kind]);
        }
    }

    /// <summary>Connections were blocked or unblocked.</summary>
    public void Blocked(int change) => _blocked.Add(change);

    /// <summary>A login was refused.</summary>
    public void LoginRefused() => _refusedLogins.Add(1);

    /// <summary>A channel or connection was closed for an error.</summary>
    public void Error(ushort replyCode) => _errors.Add(1, new KeyValuePair<string, object?>("reply_code", (int)replyCode));
}
