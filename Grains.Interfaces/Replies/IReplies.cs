using OrleansBroker.Grains.Interfaces.Messages;

namespace OrleansBroker.Grains.Interfaces.Replies;

/// <summary>
/// Direct reply-to (row 2.36): replies go from whoever publishes them to the channel that waits for them, wherever it is, without a queue
/// and at most once. One instance serves all connections of a silo.
/// </summary>
public interface IReplies
{
    /// <summary>Opens an address for a receiver, which its owner keeps alive and closes.</summary>
    Task<string> OpenAsync(string virtualHost, IReplyReceiver receiver);

    /// <summary>Closes an address: replies to it are unroutable from then on.</summary>
    Task CloseAsync(string address);

    /// <summary>Whether the name is an open address.</summary>
    ValueTask<bool> IsAliveAsync(string virtualHost, string address);

    /// <summary>
    /// Sends a message that was published to the default exchange under an address; false where nobody has that address, which makes the
    /// message unroutable.
    /// </summary>
    ValueTask<bool> TrySendAsync(string virtualHost, BrokerMessage message);
}

/// <summary>The names of direct reply-to.</summary>
public static class ReplyAddress
{
    /// <summary>What a client consumes from, and names as its reply-to.</summary>
    public const string PseudoQueue = "amq.rabbitmq.reply-to";

    /// <summary>What an address starts with; 22 characters drawn at random follow.</summary>
    public const string Prefix = PseudoQueue + ".";

    /// <summary>Whether a routing key, or the name of a queue, is an address.</summary>
    public static bool Is(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.StartsWith(Prefix, StringComparison.Ordinal);
    }
}
