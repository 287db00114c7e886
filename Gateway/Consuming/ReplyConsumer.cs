using OrleansBroker.Gateway.Consuming.Deliveries;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Replies;

namespace OrleansBroker.Gateway.Consuming;

/// <summary>A channel's consumer of replies (direct reply-to, row 2.36): an address, and what is sent there.</summary>
internal sealed class ReplyConsumer : IReplyReceiver, IAsyncDisposable
{
    // A requester that does not read loses replies rather than that the silo keeps them: they are delivered at most once anyway.
    private const int MostWaiting = 10_000;

    private readonly ChannelConsumer _consumer;
    private readonly DeliveryWriter _writer;
    private readonly ConsumingServices _services;
    private IReplyReceiver? _reference;

    private ReplyConsumer(ChannelConsumer consumer, DeliveryWriter writer, ConsumingServices services)
    {
        _consumer = consumer;
        _writer = writer;
        _services = services;
    }

    /// <summary>The address that replies are published to.</summary>
    public string Address { get; private set; } = "";

    /// <summary>Opens an address.</summary>
    public static async Task<ReplyConsumer> OpenAsync(
        ChannelConsumer consumer, DeliveryWriter writer, string virtualHost, ConsumingServices services)
    {
        var replies = new ReplyConsumer(consumer, writer, services);
        replies._reference = services.Grains.CreateObjectReference<IReplyReceiver>(replies);
        try
        {
            replies.Address = await services.Replies.OpenAsync(virtualHost, replies._reference);
            return replies;
        }
        catch
        {
            services.Grains.DeleteObjectReference<IReplyReceiver>(replies._reference);
            throw;
        }
    }

    /// <inheritdoc/>
    public Task ReceiveAsync(MessageBatch replies)
    {
        if (_consumer.PendingMessages < MostWaiting)
        {
            _writer.TryAdd(_consumer, new PendingRun { Messages = replies.Messages });
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _services.Replies.CloseAsync(Address);
        _services.Grains.DeleteObjectReference<IReplyReceiver>(_reference!);
    }
}
