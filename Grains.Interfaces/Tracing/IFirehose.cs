using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Interfaces.Tracing;

/// <summary>
/// The firehose: a copy of every message that is published and delivered in a virtual host, at the exchange
/// <c>amq.rabbitmq.trace</c>, while the virtual host's tracing is on. Copies that nobody takes in time are dropped, and counted.
/// </summary>
public interface IFirehose
{
    /// <summary>Whether messages of the virtual host are copied. Ask it first: it costs nothing where none is.</summary>
    bool IsOn(string virtualHost);

    /// <summary>A message of a queue was sent to a channel.</summary>
    void Delivered(QueueId queue, BrokerMessage message, bool isRedelivered, TraceSubject to);
}

/// <summary>Who published, or was delivered to.</summary>
/// <param name="Connection">The connection's name, as lists show it; empty for a native client.</param>
/// <param name="Channel">The channel's number; 0 without one.</param>
/// <param name="User">The user; empty where the broker does not know.</param>
public sealed record TraceSubject(string Connection, int Channel, string User)
{
    /// <summary>A client of which nothing is known.</summary>
    public static TraceSubject Unknown { get; } = new("", 0, "");
}
