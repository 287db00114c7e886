using Orleans.Concurrency;
using OrleansBroker.Grains.Interfaces.Messages;

namespace OrleansBroker.Grains.Interfaces.Replies;

/// <summary>A reply address. Its key is the address; it lives in memory, on the silo of the channel that opened it, and ends with that.</summary>
[Alias("orleansbroker.IReplyGrain")]
public interface IReplyGrain : IGrainWithStringKey
{
    /// <summary>Sets who receives.</summary>
    [Alias("Open")]
    Task OpenAsync(string virtualHost, IReplyReceiver receiver);

    /// <summary>Ends the address.</summary>
    [Alias("Close")]
    Task CloseAsync();

    /// <summary>Whether somebody receives in this virtual host.</summary>
    [Alias("IsOpen")]
    Task<bool> IsOpenAsync(string virtualHost);

    /// <summary>Passes replies on; false where nobody receives in this virtual host.</summary>
    [Alias("Send")]
    Task<bool> SendAsync(string virtualHost, MessageBatch replies);
}

/// <summary>A channel that waits for replies.</summary>
[Alias("orleansbroker.IReplyReceiver")]
public interface IReplyReceiver : IGrainObserver
{
    /// <summary>Takes replies over. One-way: a reply is delivered at most once, and nobody learns that it was lost.</summary>
    [Alias("Receive"), OneWay]
    Task ReceiveAsync(MessageBatch replies);
}
