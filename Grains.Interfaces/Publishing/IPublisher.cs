using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Tracing;

namespace OrleansBroker.Grains.Interfaces.Publishing;

/// <summary>
/// Publishes at the silo that the client is connected to: routes from the silo's coherent tables and hands the messages to one
/// link per queue. One instance serves all connections of a silo.
/// </summary>
public interface IPublisher
{
    /// <summary>
    /// Routes the messages and hands them to their links, in order. It completes when all are handed over, which is also the
    /// back-pressure: await it before the next publish of the same channel. The receipt tells when they are safe.
    /// </summary>
    /// <exception cref="Errors.BrokerException">Never for one message's fate, which the receipt tells; 541 when the silo stops.</exception>
    ValueTask<PublishReceipt> PublishAsync(PublishBatch batch, CancellationToken cancellationToken = default);
}

/// <summary>Messages of one channel for one virtual host.</summary>
public readonly record struct PublishBatch
{
    /// <summary>The virtual host.</summary>
    public required string VirtualHost { get; init; }
    /// <summary>The messages, in order. Each names its own exchange and routing key.</summary>
    public required MessageBatch Messages { get; init; }
    /// <summary>The broker itself publishes a dead letter: internal exchanges are allowed and cycles are dropped (row 2.18).</summary>
    public bool DeadLetter { get; init; }
    /// <summary>
    /// The broker itself publishes messages whose delay is over: this exchange routes them, whatever exchange they name. Null: each
    /// message's own exchange does.
    /// </summary>
    public string? DelayedBy { get; init; }
    /// <summary>
    /// The broker itself moves messages: all go to this queue, whatever exchanges and keys they name, and keep those. Null: they are routed.
    /// </summary>
    public string? Queue { get; init; }
    /// <summary>Who publishes, for the firehose; null where it is off, or nobody is known.</summary>
    public TraceSubject? By { get; init; }
}

/// <summary>What a publish returns.</summary>
/// <param name="Confirmed">Completes when every message is enqueued wherever it was routed, or its fate is known.</param>
public readonly record struct PublishReceipt(Task<PublishResult> Confirmed);

/// <summary>What became of a batch: the messages of which there is more to say than "enqueued".</summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.PublishResult")]
public sealed class PublishResult
{
    /// <summary>All messages were routed and enqueued.</summary>
    public static PublishResult AllEnqueued { get; } = new() { Exceptions = [] };

    /// <summary>The exceptional ones, by ascending index.</summary>
    [Id(0)] public required PublishException[] Exceptions { get; init; }
}

/// <summary>One message that was not simply enqueued.</summary>
/// <param name="Index">Its index in the batch.</param>
/// <param name="Outcome">What became of it.</param>
[GenerateSerializer, Immutable, Alias("orleansbroker.PublishException")]
public readonly record struct PublishException([property: Id(0)] int Index, [property: Id(1)] PublishOutcome Outcome);

/// <summary>What became of a published message.</summary>
public enum PublishOutcome
{
    /// <summary>Enqueued in every queue that it was routed to.</summary>
    Enqueued,
    /// <summary>No queue wanted it: confirmed, and returned to a publisher that set mandatory.</summary>
    Unroutable,
    /// <summary>At least one queue refused it (full, reject-publish): a nack. Other queues may have it.</summary>
    Refused,
    /// <summary>The exchange does not exist: 404.</summary>
    ExchangeNotFound,
    /// <summary>The exchange is internal: 403.</summary>
    ExchangeInternal,
    /// <summary>A header or property that routing asks for is malformed (CC no array, bad expiration): 406.</summary>
    Malformed,
    /// <summary>Unknown: it could not be brought to a queue in time. It may be there or not: a nack.</summary>
    Unknown,
    /// <summary>The user may not write to the exchange: 403. Sessions and channels check that; the publisher itself does not.</summary>
    Forbidden,
}
