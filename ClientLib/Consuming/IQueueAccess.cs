using OrleansBroker.Grains.Interfaces.Queues;

namespace OrleansBroker.ClientLib.Consuming;

/// <summary>
/// How a host of consumers reaches its queues: a client through its session, the AMQP gateway by calling the queues themselves. What
/// every consumer needs alike (attachments, epochs, leases, settlement batches, credit) stands above it, once.
/// </summary>
internal interface IQueueAccess
{
    /// <summary>The host's id: the connection's.</summary>
    Guid Host { get; }

    /// <summary>What lists show a consumer's host as, where the consumer has no tag of its own.</summary>
    string Name { get; }

    /// <summary>The virtual host that the queues are in.</summary>
    string VirtualHost { get; }

    /// <summary>The clock.</summary>
    TimeProvider Time { get; }

    /// <summary>How long a first attachment waits for a broker that is away, and an end for its queue.</summary>
    TimeSpan Patience { get; }

    /// <summary>Cancelled when the connection closes.</summary>
    CancellationToken Closing { get; }

    /// <summary>The address under which queues reach the consumer.</summary>
    IConsumer Refer(IConsumer consumer);

    /// <summary>Forgets an address.</summary>
    void Forget(IConsumer reference);

    /// <summary>See <see cref="IQueueGrain.AttachAsync"/>.</summary>
    Task<AttachReply> AttachAsync(string queue, ConsumerAttachment attachment);

    /// <summary>See <see cref="IQueueGrain.DetachAsync"/>; tries again while the queue does not answer.</summary>
    Task DetachAsync(string queue, DetachRequest request, CancellationToken cancellationToken);

    /// <summary>See <see cref="IQueueGrain.SettleAsync"/>.</summary>
    Task<SettleReply> SettleAsync(string queue, SettleBatch batch);

    /// <summary>See <see cref="IQueueGrain.RenewAsync"/>.</summary>
    Task<RenewReply> RenewAsync(string queue, RenewRequest request);

    /// <summary>See <see cref="IQueueGrain.GetAsync"/>.</summary>
    Task<GetReply> GetAsync(string queue, GetRequest request);

    /// <summary>Waits, unless the connection closes.</summary>
    Task PauseAsync(TimeSpan pause, CancellationToken cancellationToken);
}
