using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Grains.Interfaces.Tracing;

namespace OrleansBroker.Gateway.Channels;

/// <summary>Whose channel it is.</summary>
/// <param name="Connection">The connection's id, which exclusive queues know it by.</param>
/// <param name="VirtualHost">The virtual host.</param>
/// <param name="User">The user.</param>
/// <param name="CanBeCancelled">Whether the client announced <c>consumer_cancel_notify</c>.</param>
internal sealed record ChannelIdentity(Guid Connection, string VirtualHost, string User, bool CanBeCancelled)
{
    private TraceSubject? _subject;

    /// <summary>The channel's number.</summary>
    public int Number { get; init; }

    /// <summary>Tells the connection's name, which is seldom asked for.</summary>
    public Func<string> ConnectionName { get; init; } = static () => "";

    /// <summary>Who it is, for the firehose.</summary>
    public TraceSubject Subject => _subject ??= new TraceSubject(ConnectionName(), Number, User);

    /// <summary>What the channel does.</summary>
    public MessageCounters Counters { get; } = new();
}
