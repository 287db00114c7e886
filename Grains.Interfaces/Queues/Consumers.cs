using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Messages;

namespace OrleansBroker.Grains.Interfaces.Queues;

/// <summary>A consumer, in the process that hosts it: what a queue delivers to.</summary>
/// <remarks>
/// A queue has one <see cref="DeliverAsync"/> under way per consumer. The callee takes the batch over at once (credit bounds what
/// it holds) and returns; it does not wait for the application.
/// </remarks>
[Alias("orleansbroker.IConsumer")]
public interface IConsumer : IGrainObserver
{
    /// <summary>Takes a batch over.</summary>
    [Alias("Deliver"), ResponseTimeout("00:00:10")]
    Task DeliverAsync(DeliveryBatch batch);

    /// <summary>The queue ended the consumer: it was deleted, or its lease had lapsed.</summary>
    [Alias("Cancelled"), ResponseTimeout("00:00:05")]
    Task CancelledAsync(CancelReason reason);
}

/// <summary>Why a queue ended a consumer.</summary>
public enum CancelReason
{
    /// <summary>The queue was deleted or expired.</summary>
    QueueDeleted,
    /// <summary>The consumer's host had not renewed it in time.</summary>
    LeaseLapsed,
}

/// <summary>A consumer's address in a queue: the process that hosts it, and the number it has there.</summary>
/// <param name="Host">The hosting process (a silo's gateway, a client process), drawn at random when it starts.</param>
/// <param name="Number">The consumer's number, never used twice by that host.</param>
[GenerateSerializer, Immutable, Alias("orleansbroker.ConsumerId")]
public readonly record struct ConsumerId([property: Id(0)] Guid Host, [property: Id(1)] long Number);

/// <summary>A consumer that attaches to a queue.</summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.ConsumerAttachment")]
public sealed record ConsumerAttachment
{
    /// <summary>Who attaches.</summary>
    [Id(0)] public required ConsumerId Id { get; init; }
    /// <summary>Where its deliveries go.</summary>
    [Id(1)] public required IConsumer Target { get; init; }
    /// <summary>The consumer's tag, as lists show it.</summary>
    [Id(2)] public required string Tag { get; init; }
    /// <summary>Deliveries are settled by being sent (AMQP's no-ack).</summary>
    [Id(3)] public bool NoAck { get; init; }
    /// <summary>No other consumer is let in while this one is attached.</summary>
    [Id(4)] public bool Exclusive { get; init; }
    /// <summary>Consumers of lower priority are served while all of higher priority are out of credit.</summary>
    [Id(5)] public int Priority { get; init; }
    /// <summary>How many deliveries it may get in all, counted from the attachment: see <see cref="CreditGrant"/>.</summary>
    [Id(6)] public required long Credit { get; init; }
    /// <summary>The connection that attaches, for exclusive queues.</summary>
    [Id(7)] public Guid? Connection { get; init; }
    /// <summary>Arguments of the consume, kept for lists.</summary>
    [Id(8)] public FieldTable Arguments { get; init; } = FieldTable.Empty;
    /// <summary>The silo whose client it is; null where that is not known.</summary>
    [Id(9)] public SiloAddress? Silo { get; init; }
    /// <summary>The number of this sign of life, see <see cref="DeliveryBatch.Sign"/>; 0 where its host does not count them.</summary>
    [Id(10)] public long Sign { get; init; }
}

/// <summary>The queue's answer to an attachment.</summary>
/// <param name="Epoch">The queue's epoch. Settlements carry it; one of an earlier epoch has no effect. When it changes, attach again.</param>
[GenerateSerializer, Immutable, Alias("orleansbroker.AttachReply")]
public readonly record struct AttachReply([property: Id(0)] long Epoch);

/// <summary>A consumer that detaches.</summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.DetachRequest")]
public sealed record DetachRequest
{
    /// <summary>Who detaches.</summary>
    [Id(0)] public required ConsumerId Id { get; init; }
    /// <summary>Whether its unacked messages return to the queue (the channel closed) or stay to be settled (basic.cancel).</summary>
    [Id(1)] public bool Requeue { get; init; }
}

/// <summary>Messages for one consumer. Their delivery numbers follow one another.</summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.DeliveryBatch")]
public sealed class DeliveryBatch
{
    /// <summary>The consumer.</summary>
    [Id(0)] public required ConsumerId Consumer { get; init; }
    /// <summary>The queue's epoch.</summary>
    [Id(1)] public required long Epoch { get; init; }
    /// <summary>The first message's number; a consumer's deliveries are numbered from 1 since it attached, without gaps.</summary>
    [Id(2)] public required long FirstDelivery { get; init; }
    /// <summary>The messages, with <c>x-delivery-count</c> where they were delivered before.</summary>
    [Id(3)] public required MessageBatch Messages { get; init; }
    /// <summary>Indexes of messages that may have been delivered before, ascending; null where there are none.</summary>
    [Id(4)] public int[]? Redelivered { get; init; }
    /// <summary>
    /// The last sign of life, attachment or renewal, that the queue had from the consumer's host when it sent this. A host takes nothing
    /// that may have been sent so long ago that the queue has given it up.
    /// </summary>
    [Id(5)] public long Sign { get; init; }
}

/// <summary>How deliveries are settled.</summary>
public enum Settlement
{
    /// <summary>Done: the message leaves the queue.</summary>
    Ack,
    /// <summary>Back to its place, as basic.reject has it: counts toward the delivery limit.</summary>
    Reject,
    /// <summary>Back to its place, as basic.nack has it: does not count toward the delivery limit.</summary>
    Return,
    /// <summary>Rejected without requeue: dead-lettered, or dropped where the queue has no dead-letter exchange.</summary>
    Discard,
    /// <summary>
    /// Back to its place as it was: its host had no use for it and showed it to nobody. It is marked redelivered only where another
    /// consumer has a later message, as it comes out of order then.
    /// </summary>
    Release,
}

/// <summary>A run of deliveries of one consumer that are settled alike.</summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.SettleRange")]
public readonly record struct SettleRange(
    [property: Id(0)] long Consumer,
    [property: Id(1)] long First,
    [property: Id(2)] long Last,
    [property: Id(3)] Settlement How);

/// <summary>
/// How many deliveries a consumer may get in all since it attached. Being a total it can be sent twice without granting twice; a
/// smaller total than one before is ignored. A total of 0 takes back what was granted and is not used: once that is answered, nothing
/// is on its way to the consumer any more.
/// </summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.CreditGrant")]
public readonly record struct CreditGrant([property: Id(0)] long Consumer, [property: Id(1)] long Total);

/// <summary>Settlements and credit of one host for one queue. Deliveries that are settled already, or unknown, are skipped.</summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.SettleBatch")]
public sealed class SettleBatch
{
    /// <summary>The host.</summary>
    [Id(0)] public required Guid Host { get; init; }
    /// <summary>The epoch that the deliveries carried; another one than the queue's makes the batch a no-op.</summary>
    [Id(1)] public required long Epoch { get; init; }
    /// <summary>What is settled, in order.</summary>
    [Id(2)] public SettleRange[] Ranges { get; init; } = [];
    /// <summary>Credit that is granted, after the settlements.</summary>
    [Id(3)] public CreditGrant[] Credits { get; init; } = [];
    /// <summary>Whether the answer follows the arrival of the dead letters that are on their way, as far as that takes no longer than
    /// a second: somebody wants to see what the settlements before have caused.</summary>
    [Id(4)] public bool AwaitsDeadLetters { get; init; }
}

/// <summary>The queue's answer to settlements.</summary>
/// <param name="Epoch">The queue's epoch; where it differs from the batch's, nothing was applied and the host attaches again.</param>
[GenerateSerializer, Immutable, Alias("orleansbroker.SettleReply")]
public readonly record struct SettleReply([property: Id(0)] long Epoch);

/// <summary>A host's sign of life for all its consumers of a queue.</summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.RenewRequest")]
public sealed record RenewRequest
{
    /// <summary>The host.</summary>
    [Id(0)] public required Guid Host { get; init; }
    /// <summary>The epoch its consumers attached under.</summary>
    [Id(1)] public required long Epoch { get; init; }
    /// <summary>The numbers of its consumers.</summary>
    [Id(2)] public required long[] Consumers { get; init; }
    /// <summary>The number of this sign of life, see <see cref="DeliveryBatch.Sign"/>.</summary>
    [Id(3)] public long Sign { get; init; }
}

/// <summary>The queue's answer to a renewal.</summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.RenewReply")]
public sealed record RenewReply
{
    /// <summary>The queue's epoch; where it differs from the request's, all attach again.</summary>
    [Id(0)] public required long Epoch { get; init; }
    /// <summary>Consumers that the queue does not know and that attach again.</summary>
    [Id(1)] public long[] Unknown { get; init; } = [];
    /// <summary>The queue does not exist any more.</summary>
    [Id(2)] public bool NotFound { get; init; }
}

/// <summary>A basic.get. The message it takes is settled as the delivery of a consumer is.</summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.GetRequest")]
public sealed record GetRequest
{
    /// <summary>The one who gets: a number of the host's that is not a consumer's; its deliveries are numbered as a consumer's.</summary>
    [Id(0)] public required ConsumerId Id { get; init; }
    /// <summary>The message is settled by being sent.</summary>
    [Id(1)] public bool NoAck { get; init; }
    /// <summary>The connection that gets, for exclusive queues.</summary>
    [Id(2)] public Guid? Connection { get; init; }
}

/// <summary>The answer to a get.</summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.GetReply")]
public sealed record GetReply
{
    /// <summary>The message, in a batch of one; null where the queue was empty.</summary>
    [Id(0)] public DeliveryBatch? Delivery { get; init; }
    /// <summary>How many are ready after it.</summary>
    [Id(1)] public long Ready { get; init; }
}
