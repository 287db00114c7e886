using System.Diagnostics.Metrics;

namespace OrleansBroker.Gateway;

/// <summary>Every instrument of the gateway. Messages are counted by the broker's own instruments, batch by batch.</summary>
internal sealed class GatewayTelemetry
{
    /// <summary>Name of the meter.</summary>
    public const string Name = "OrleansBroker.Gateway";

    private readonly UpDownCounter<long> _connections;
    private readonly UpDownCounter<long> _channels;
    private readonly UpDownCounter<long> _blocked;
    private readonly Counter<long> _refusedLogins;
    private readonly Counter<long> _errors;

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

    /// <summary>Connections came or went.</summary>
    public void Connections(int change) => _connections.Add(change);

    /// <summary>Channels came or went.</summary>
    public void Channels(int change) => _channels.Add(change);

    /// <summary>Connections were blocked or unblocked.</summary>
    public void Blocked(int change) => _blocked.Add(change);

    /// <summary>A login was refused.</summary>
    public void LoginRefused() => _refusedLogins.Add(1);

    /// <summary>A channel or connection was closed for an error.</summary>
    public void Error(ushort replyCode) => _errors.Add(1, new KeyValuePair<string, object?>("reply_code", (int)replyCode));
}
