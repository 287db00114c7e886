using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Queues.Core.Messages;

namespace OrleansBroker.Grains.Queues.Core.Writes;

/// <summary>
/// Gathers what the store is to do into one pending write while another is under way, and keeps the counts of what is stored.
/// A message is removed only after its append was committed (it is not ready before), so no write holds both.
/// </summary>
internal sealed class WriteGathering(int priorities, TakenFromTail taken)
{
    private readonly MessageTally[] _stored = new MessageTally[priorities];
    private readonly RemovedRanges _removed = new();
    private List<StoredMessage> _appended = [];
    private List<QueuedMessage> _returned = [];
    private List<ExpiringMessage>? _expiring;
    private bool _sync;
    private long _lastAppend;

    /// <summary>The number of the pending write.</summary>
    public long Number { get; private set; } = 1;

    /// <summary>The number of the write under way; 0 where there is none.</summary>
    public long UnderWay { get; private set; }

    public bool HasChanges => _appended.Count > 0 || _returned.Count > 0 || !_removed.IsEmpty;

    /// <summary>Whether the store holds messages, or is about to.</summary>
    public bool HasStored => Array.Exists(_stored, static tally => tally.Count > 0);

    /// <summary>The write that holds the latest append; 0 where that is committed.</summary>
    public long LastAppend => IsCommitted(_lastAppend) ? 0 : _lastAppend;

    public bool IsCommitted(long write) => write < (UnderWay == 0 ? Number : UnderWay);

    /// <summary>What an owner finds stored.</summary>
    public void Recover(byte priority, in MessageTally tally) => _stored[priority] = tally;

    public void Append(QueuedMessage message)
    {
        message.Stored = true;
        _appended.Add(message.ToStored());
        _sync |= message.Durable;
        _lastAppend = Number;
        _stored[message.Priority].Add(message.Durable, message.BodySize);
    }

    public void Remove(QueuedMessage message)
    {
        _removed.Add(message.Priority, message.Sequence, message.Sequence);
        _stored[message.Priority].Remove(message.Durable, message.BodySize);
        if (message.ExpiresAt != QueuedMessage.Never)
        {
            (_expiring ??= []).Add(new ExpiringMessage(message.Position, message.ExpiresAt));
        }

        taken.Left(message, Number);
        if (message.FromTail)
        {
            taken.Leaves(message, Number);
        }
    }

    /// <summary>Removes what stands in a range, which is all there is to remove of a band, or one piece of it.</summary>
    public void RemoveRange(byte priority, long first, long last)
    {
        if (first <= last)
        {
            _removed.Add(priority, first, last);
        }
    }

    /// <summary>Messages that a range removes are not counted any more.</summary>
    public void Discount(byte priority, in MessageTally tally) => _stored[priority].Remove(tally);

    /// <summary>A stored message returned to its place, marked redelivered.</summary>
    public void Return(QueuedMessage message)
    {
        if (!message.ReturnPending)
        {
            message.ReturnPending = true;
            _returned.Add(message);
        }
    }

    /// <summary>Closes the pending write and opens the next.</summary>
    public QueueWrite Take(long incarnation, long epoch, QueueState state)
    {
        var write = new QueueWrite
        {
            Incarnation = incarnation,
            Epoch = epoch,
            Appended = _appended,
            Removed = _removed.Take(),
            RemovedExpiring = _expiring ?? [],
            Requeued = TakeReturned(),
            State = state,
            Sync = _sync,
        };
        _appended = [];
        _expiring = null;
        _sync = false;
        UnderWay = Number++;
        return write;
    }

    public void Committed(long number)
    {
        UnderWay = 0;
        taken.Committed(number);
    }

    /// <summary>The stored messages per priority; <paramref name="lowest"/> gives a number that none of a priority's is below.</summary>
    public List<StoredBand> Bands(Func<byte, long> lowest)
    {
        var bands = new List<StoredBand>(1);
        for (var i = 0; i < _stored.Length; i++)
        {
            ref readonly var tally = ref _stored[i];
            if (tally.Count > 0)
            {
                bands.Add(new StoredBand
                {
                    Priority = (byte)i,
                    First = lowest((byte)i),
                    Durable = tally.Durable,
                    DurableBytes = tally.DurableBytes,
                    Transient = tally.Transient,
                    TransientBytes = tally.TransientBytes,
                });
            }
        }

        return bands;
    }

    private IReadOnlyList<RequeuedMessage> TakeReturned()
    {
        if (_returned.Count == 0)
        {
            return [];
        }

        var requeued = new List<RequeuedMessage>(_returned.Count);
        foreach (var message in _returned)
        {
            message.ReturnPending = false;
            // What left again since is removed by this write: a store that applied both could bring it back.
            if (message.State != MessageState.Gone)
            {
                requeued.Add(new RequeuedMessage(message.Position, message.DeliveryCount));
            }
        }

        _returned = [];
        return requeued;
    }
}
