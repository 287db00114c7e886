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
    private readonly RatedCounter _declared = new();
    private readonly RatedCounter _created = new();
    private readonly RatedCounter _deleted = new();

    /// <summary>What publishers handed over; the broker's own dead letters and delayed messages came before.</summary>
    public void Received(int messages) => Interlocked.Add(ref _received, messages);

    public void Routed(int destinations) => Interlocked.Add(ref _routed, destinations);

    public void Dropped(DropReason reason, long messages) => Interlocked.Add(ref _dropped[(int)reason], messages);

    public void DeadLettered(int messages) => Interlocked.Add(ref _deadLettered, messages);

    public void QueueDeclared() => _declared.Add(1);

    public void QueueCreated() => _created.Add(1);

    public void QueueDeleted() => _deleted.Add(1);

    /// <summary>Takes the rates since the last sample.</summary>
    public void Sample(double seconds)
    {
        _declared.Sample(seconds);
        _created.Sample(seconds);
        _deleted.Sample(seconds);
    }

    public FlowFigures Read() => new()
    {
        Received = Volatile.Read(ref _received),
        Routed = Volatile.Read(ref _routed),
        Expired = Read(DropReason.Expired),
        Rejected = Read(DropReason.Rejected),
        MaxLength = Read(DropReason.MaxLength),
        DeliveryLimit = Read(DropReason.DeliveryLimit),
        DeadLettered = Volatile.Read(ref _deadLettered),
        QueuesDeclared = _declared.Read().Total,
        QueuesCreated = _created.Read().Total,
        QueuesDeleted = _deleted.Read().Total,
        QueuesDeclaredRate = _declared.Read().Rate,
        QueuesCreatedRate = _created.Read().Rate,
        QueuesDeletedRate = _deleted.Read().Rate,
    };

    private long Read(DropReason reason) => Volatile.Read(ref _dropped[(int)reason]);
}
