using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Grains.Queues.Core;

namespace OrleansBroker.Grains.Telemetry;

/// <summary>Counts of the silo as a whole that can be read as well as exported; one addition for a batch.</summary>
internal sealed class FlowCounters
{
    private readonly long[] _dropped = new long[Enum.GetValues<DropReason>().Length];
    private long _received;
    private long _routed;
    private long _deadLettered;
    private long _declared;
    private long _created;
    private long _deleted;

    /// <summary>What publishers handed over; the broker's own dead letters and delayed messages came before.</summary>
    public void Received(int messages) => Interlocked.Add(ref _received, messages);

    public void Routed(int destinations) => Interlocked.Add(ref _routed, destinations);

    public void Dropped(DropReason reason, long messages) => Interlocked.Add(ref _dropped[(int)reason], messages);

    public void DeadLettered(int messages) => Interlocked.Add(ref _deadLettered, messages);

    public void QueueDeclared() => Interlocked.Increment(ref _declared);

    public void QueueCreated() => Interlocked.Increment(ref _created);

    public void QueueDeleted() => Interlocked.Increment(ref _deleted);

    public FlowFigures Read() => new()
    {
        Received = Volatile.Read(ref _received),
        Routed = Volatile.Read(ref _routed),
        Expired = Read(DropReason.Expired),
        Rejected = Read(DropReason.Rejected),
        MaxLength = Read(DropReason.MaxLength),
        DeliveryLimit = Read(DropReason.DeliveryLimit),
        DeadLettered = Volatile.Read(ref _deadLettered),
        QueuesDeclared = Volatile.Read(ref _declared),
        QueuesCreated = Volatile.Read(ref _created),
        QueuesDeleted = Volatile.Read(ref _deleted),
    };

    private long Read(DropReason reason) => Volatile.Read(ref _dropped[(int)reason]);
}
