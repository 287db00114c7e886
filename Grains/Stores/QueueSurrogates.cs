using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Stores;

namespace OrleansBroker.Grains.Stores;

// The store's types know nothing of Orleans: these are their forms on the wire.

[GenerateSerializer, Immutable, Alias("orleansbroker.stores.Range")]
internal struct RangeSurrogate
{
    [Id(0)] public byte Priority { get; set; }
    [Id(1)] public long First { get; set; }
    [Id(2)] public long Last { get; set; }
}

[GenerateSerializer, Immutable, Alias("orleansbroker.stores.Expiring")]
internal struct ExpiringSurrogate
{
    [Id(0)] public byte Priority { get; set; }
    [Id(1)] public long Sequence { get; set; }
    [Id(2)] public long ExpiresAt { get; set; }
}

[GenerateSerializer, Immutable, Alias("orleansbroker.stores.Requeued")]
internal struct RequeuedSurrogate
{
    [Id(0)] public byte Priority { get; set; }
    [Id(1)] public long Sequence { get; set; }
    [Id(2)] public int DeliveryCount { get; set; }
}

[GenerateSerializer, Immutable, Alias("orleansbroker.stores.Message")]
internal struct StoredMessageSurrogate
{
    [Id(0)] public byte Priority { get; set; }
    [Id(1)] public long Sequence { get; set; }
    [Id(2)] public MessageBatch Message { get; set; }
    [Id(3)] public long EnqueuedAt { get; set; }
    [Id(4)] public long? ExpiresAt { get; set; }
    [Id(5)] public int DeliveryCount { get; set; }
    [Id(6)] public bool Redelivered { get; set; }
    [Id(7)] public bool Transient { get; set; }
}

[GenerateSerializer, Immutable, Alias("orleansbroker.stores.Band")]
internal struct BandSurrogate
{
    [Id(0)] public byte Priority { get; set; }
    [Id(1)] public long First { get; set; }
    [Id(2)] public long Durable { get; set; }
    [Id(3)] public long DurableBytes { get; set; }
    [Id(4)] public long Transient { get; set; }
    [Id(5)] public long TransientBytes { get; set; }
}

[GenerateSerializer, Immutable, Alias("orleansbroker.stores.Link")]
internal struct LinkSurrogate
{
    [Id(0)] public long Link { get; set; }
    [Id(1)] public long Number { get; set; }
    [Id(2)] public int[]? Refused { get; set; }
}

[GenerateSerializer, Immutable, Alias("orleansbroker.stores.State")]
internal struct QueueStateSurrogate
{
    [Id(0)] public long NextSequence { get; set; }
    [Id(1)] public StoredBand[] Bands { get; set; }
    [Id(2)] public long DeliveredUpTo { get; set; }
    [Id(3)] public LinkPosition[] Links { get; set; }
    [Id(4)] public bool Released { get; set; }
}

[GenerateSerializer, Immutable, Alias("orleansbroker.stores.Acquired")]
internal struct AcquiredQueueSurrogate
{
    [Id(0)] public long Epoch { get; set; }
    [Id(1)] public QueueState State { get; set; }
}

[GenerateSerializer, Immutable, Alias("orleansbroker.stores.Write")]
internal struct QueueWriteSurrogate
{
    [Id(0)] public long Incarnation { get; set; }
    [Id(1)] public long Epoch { get; set; }
    [Id(2)] public StoredMessage[] Appended { get; set; }
    [Id(3)] public MessageRange[] Removed { get; set; }
    [Id(4)] public RequeuedMessage[] Requeued { get; set; }
    [Id(5)] public QueueState State { get; set; }
    [Id(6)] public bool Sync { get; set; }
    [Id(7)] public ExpiringMessage[]? RemovedExpiring { get; set; }
}
