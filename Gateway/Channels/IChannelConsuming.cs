using OrleansBroker.Amqp.Methods;

namespace OrleansBroker.Gateway.Channels;

/// <summary>The consuming half of a channel: consumers, gets, prefetch and settlements. Disposing it returns all that is unacked.</summary>
internal interface IChannelConsuming : IAsyncDisposable
{
    /// <summary>Whether the channel has a direct reply-to consumer.</summary>
    bool HasReplyConsumer { get; }

    /// <summary>The address that takes the place of <c>amq.rabbitmq.reply-to</c> in a published reply-to.</summary>
    string? ReplyTo { get; }

    /// <summary>Starts a consumer; writes consume-ok before the first deliver.</summary>
    Task ConsumeAsync(BasicConsume consume, string queue, CancellationToken ct);

    /// <summary>Ends a consumer; writes cancel-ok.</summary>
    Task CancelAsync(BasicCancel cancel, CancellationToken ct);

    /// <summary>Gets one message; writes get-ok or get-empty.</summary>
    Task GetAsync(BasicGet get, string queue, CancellationToken ct);

    /// <summary>Sets the prefetch.</summary>
    void Qos(BasicQos qos);

    /// <summary>Settles as basic.ack asks.</summary>
    void Ack(ulong tag, bool multiple);

    /// <summary>Settles as basic.nack asks.</summary>
    void Nack(ulong tag, bool multiple, bool requeue);

    /// <summary>Settles as basic.reject asks.</summary>
    void Reject(ulong tag, bool requeue);

    /// <summary>Returns all that is unacked.</summary>
    Task RecoverAsync(bool requeue, CancellationToken ct);

    /// <summary>Completes when all settlements so far are applied at their queues.</summary>
    Task FlushAsync(CancellationToken ct);

    /// <summary>Pauses or resumes deliveries (channel.flow).</summary>
    void SetFlow(bool active);

    /// <summary>From now on settlements are held until commit.</summary>
    void TxSelect();

    /// <summary>Applies the settlements that are held.</summary>
    Task TxCommitAsync(CancellationToken ct);

    /// <summary>Forgets the settlements that are held.</summary>
    void TxRollback();
}

/// <summary>The consuming half of a connection. Disposing it ends what its channels left.</summary>
internal interface IConnectionConsuming : IAsyncDisposable
{
    /// <summary>The consuming half of a new channel.</summary>
    IChannelConsuming CreateChannel(IChannelOutput output, ChannelIdentity identity);
}

/// <summary>Makes the consuming half of connections.</summary>
internal interface IConsumingFactory
{
    /// <summary>The consuming half of a new connection.</summary>
    IConnectionConsuming Create(Guid connection, string virtualHost, string user);
}
