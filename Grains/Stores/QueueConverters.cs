using OrleansBroker.Grains.Interfaces.Stores;

namespace OrleansBroker.Grains.Stores;

[RegisterConverter]
internal sealed class RangeConverter : IConverter<MessageRange, RangeSurrogate>
{
    public MessageRange ConvertFromSurrogate(in RangeSurrogate surrogate) => new(surrogate.Priority, surrogate.First, surrogate.Last);

    public RangeSurrogate ConvertToSurrogate(in MessageRange value) =>
        new() { Priority = value.Priority, First = value.First, Last = value.Last };
}

[RegisterConverter]
internal sealed class ExpiringConverter : IConverter<ExpiringMessage, ExpiringSurrogate>
{
    public ExpiringMessage ConvertFromSurrogate(in ExpiringSurrogate surrogate) =>
        new(new MessagePosition(surrogate.Priority, surrogate.Sequence), surrogate.ExpiresAt);

    public ExpiringSurrogate ConvertToSurrogate(in ExpiringMessage value) =>
        new() { Priority = value.Position.Priority, Sequence = value.Position.Sequence, ExpiresAt = value.ExpiresAt };
}

[RegisterConverter]
internal sealed class RequeuedConverter : IConverter<RequeuedMessage, RequeuedSurrogate>
{
    public RequeuedMessage ConvertFromSurrogate(in RequeuedSurrogate surrogate) =>
        new(new MessagePosition(surrogate.Priority, surrogate.Sequence), surrogate.DeliveryCount);

    public RequeuedSurrogate ConvertToSurrogate(in RequeuedMessage value) =>
        new() { Priority = value.Position.Priority, Sequence = value.Position.Sequence, DeliveryCount = value.DeliveryCount };
}

[RegisterConverter]
internal sealed class StoredMessageConverter : IConverter<StoredMessage, StoredMessageSurrogate>
{
    public StoredMessage ConvertFromSurrogate(in StoredMessageSurrogate surrogate) => new()
    {
        Position = new MessagePosition(surrogate.Priority, surrogate.Sequence),
        Message = surrogate.Message.Messages.Span[0],
        EnqueuedAt = surrogate.EnqueuedAt,
        ExpiresAt = surrogate.ExpiresAt,
        DeliveryCount = surrogate.DeliveryCount,
        Redelivered = surrogate.Redelivered,
        Transient = surrogate.Transient,
    };

    public StoredMessageSurrogate ConvertToSurrogate(in StoredMessage value) => new()
    {
        Priority = value.Position.Priority,
        Sequence = value.Position.Sequence,
        Message = new(new[] { value.Message }),
        EnqueuedAt = value.EnqueuedAt,
        ExpiresAt = value.ExpiresAt,
        DeliveryCount = value.DeliveryCount,
        Redelivered = value.Redelivered,
        Transient = value.Transient,
    };
}

[RegisterConverter]
internal sealed class BandConverter : IConverter<StoredBand, BandSurrogate>
{
    public StoredBand ConvertFromSurrogate(in BandSurrogate surrogate) => new()
    {
        Priority = surrogate.Priority,
        First = surrogate.First,
        Durable = surrogate.Durable,
        DurableBytes = surrogate.DurableBytes,
        Transient = surrogate.Transient,
        TransientBytes = surrogate.TransientBytes,
    };

    public BandSurrogate ConvertToSurrogate(in StoredBand value) => new()
    {
        Priority = value.Priority,
        First = value.First,
        Durable = value.Durable,
        DurableBytes = value.DurableBytes,
        Transient = value.Transient,
        TransientBytes = value.TransientBytes,
    };
}

[RegisterConverter]
internal sealed class LinkConverter : IConverter<LinkPosition, LinkSurrogate>
{
    public LinkPosition ConvertFromSurrogate(in LinkSurrogate surrogate) => new(surrogate.Link, surrogate.Number, surrogate.Refused);

    public LinkSurrogate ConvertToSurrogate(in LinkPosition value) =>
        new() { Link = value.Link, Number = value.Number, Refused = value.Refused };
}

[RegisterConverter]
internal sealed class QueueStateConverter : IConverter<QueueState, QueueStateSurrogate>
{
    public QueueState ConvertFromSurrogate(in QueueStateSurrogate surrogate) => new()
    {
        NextSequence = surrogate.NextSequence,
        Bands = surrogate.Bands,
        DeliveredUpTo = surrogate.DeliveredUpTo,
        Links = surrogate.Links,
        Released = surrogate.Released,
    };

    public QueueStateSurrogate ConvertToSurrogate(in QueueState value) => new()
    {
        NextSequence = value.NextSequence,
        Bands = [.. value.Bands],
        DeliveredUpTo = value.DeliveredUpTo,
        Links = [.. value.Links],
        Released = value.Released,
    };
}

[RegisterConverter]
internal sealed class AcquiredQueueConverter : IConverter<AcquiredQueue, AcquiredQueueSurrogate>
{
    public AcquiredQueue ConvertFromSurrogate(in AcquiredQueueSurrogate surrogate) => new(surrogate.Epoch, surrogate.State);

    public AcquiredQueueSurrogate ConvertToSurrogate(in AcquiredQueue value) => new() { Epoch = value.Epoch, State = value.State };
}

[RegisterConverter]
internal sealed class QueueWriteConverter : IConverter<QueueWrite, QueueWriteSurrogate>
{
    public QueueWrite ConvertFromSurrogate(in QueueWriteSurrogate surrogate) => new()
    {
        Incarnation = surrogate.Incarnation,
        Epoch = surrogate.Epoch,
        Appended = surrogate.Appended,
        Removed = surrogate.Removed,
        Requeued = surrogate.Requeued,
        State = surrogate.State,
        Sync = surrogate.Sync,
        RemovedExpiring = surrogate.RemovedExpiring ?? [],
    };

    public QueueWriteSurrogate ConvertToSurrogate(in QueueWrite value) => new()
    {
        Incarnation = value.Incarnation,
        Epoch = value.Epoch,
        Appended = [.. value.Appended],
        Removed = [.. value.Removed],
        Requeued = [.. value.Requeued],
        State = value.State,
        Sync = value.Sync,
        RemovedExpiring = [.. value.RemovedExpiring],
    };
}
