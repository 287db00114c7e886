using OrleansBroker.Grains.Interfaces.Activity;

namespace OrleansBroker.Gateway.Channels;

/// <summary>Whose channel it is.</summary>
/// <param name="Connection">The connection's id, which exclusive queues know it by.</param>
/// <param name="VirtualHost">The virtual host.</param>
/// <param name="User">The user.</param>
/// <param name="CanBeCancelled">Whether the client announced <c>consumer_cancel_notify</c>.</param>
internal sealed record ChannelIdentity(Guid Connection, string VirtualHost, string User, bool CanBeCancelled)
{
    /// <summary>What the channel does.</summary>
    public MessageCounters Counters { get; } = new();
}
