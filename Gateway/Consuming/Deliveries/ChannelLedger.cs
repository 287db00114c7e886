using OrleansBroker.ClientLib.Consuming;
using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Queues;

namespace OrleansBroker.Gateway.Consuming.Deliveries;

/// <summary>
/// What a channel has delivered and not settled: its tags, the limit that its consumers share (basic.qos global), and settlements that
/// wait for a commit. One short lock; what is settled goes to the queues' settle pumps.
/// </summary>
internal sealed class ChannelLedger
{
    private readonly Lock _gate = new();
    private readonly DeliveryTags<Attachment> _tags = new();
    private readonly List<TagRange<Attachment>> _taken = [];
    private readonly HashSet<QueueLink> _touched = [];
    private List<HeldSettlement>? _held;
    private long _limit;
    private long _unacked;

    /// <summary>What the channel does.</summary>
    public required MessageCounters Counters { get; init; }

    /// <summary>How many deliveries are not settled.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _tags.Count;
            }
        }
    }

    /// <summary>Called when the shared limit has room again; outside the lock.</summary>
    public required Action RoomFreed { get; init; }

    /// <summary>Whether a consumer that acknowledges may get another message.</summary>
    public bool HasRoom
    {
        get
        {
            lock (_gate)
            {
                return _limit == 0 || _unacked < _limit;
            }
        }
    }

    /// <summary>Sets how many messages the channel's consumers together may hold unsettled; 0 for no limit.</summary>
    public void SetLimit(int limit)
    {
        lock (_gate)
        {
            _limit = limit;
        }

        RoomFreed();
    }

    /// <summary>Gives tags to as many of a consumer's deliveries as the shared limit allows; 0 where it allows none.</summary>
    public int Reserve(Attachment holder, long number, int wanted, out ulong tag)
    {
        lock (_gate)
        {
            var count = _limit == 0 ? wanted : (int)Math.Clamp(_limit - _unacked, 0, wanted);
            tag = _tags.Add(holder, number, count);
            _unacked += count;
            return count;
        }
    }

    /// <summary>Gives a tag to a message that was got, which no limit concerns.</summary>
    public ulong Got(Attachment holder, long number)
    {
        lock (_gate)
        {
            return _tags.Add(holder, number, 1);
        }
    }

    /// <summary>Gives tags to deliveries that need no settlement.</summary>
    public ulong Pass(int count)
    {
        lock (_gate)
        {
            return _tags.Skip(count);
        }
    }

    /// <summary>Settles what the client names.</summary>
    /// <exception cref="BrokerException">406: the tag is not outstanding.</exception>
    public void Settle(ulong tag, bool multiple, Settlement how)
    {
        lock (_gate)
        {
            _taken.Clear();
            if (!_tags.TryTake(tag, multiple, _taken))
            {
                throw new BrokerException(ReplyCode.PreconditionFailed, $"unknown delivery tag {tag}");
            }

            foreach (var range in _taken)
            {
                if (_held is null)
                {
                    Apply(range, how);
                }
                else
                {
                    _held.Add(new HeldSettlement(range, how));
                }
            }

            if (_limit == 0 || _held is not null)
            {
                return;
            }
        }

        RoomFreed();
    }

    /// <summary>Settles all that is outstanding.</summary>
    public void SettleAll(Settlement how)
    {
        lock (_gate)
        {
            _taken.Clear();
            _tags.TryTake(0, multiple: true, _taken);
            foreach (var range in _taken)
            {
                Apply(range, how);
            }
        }

        RoomFreed();
    }

    /// <summary>Settles messages that never got a tag, as they were never sent.</summary>
    public void ReturnUnsent(Attachment holder, long first, long last)
    {
        lock (_gate)
        {
            holder.Link.Settling.Settle(holder, first, last, Settlement.Return);
            _touched.Add(holder.Link);
        }
    }

    /// <summary>From now on settlements wait for a commit.</summary>
    public void Hold()
    {
        lock (_gate)
        {
            _held ??= [];
        }
    }

    /// <summary>Applies what was held.</summary>
    public void Commit()
    {
        lock (_gate)
        {
            foreach (var (range, how) in _held ?? [])
            {
                Apply(range, how);
            }

            _held?.Clear();
        }

        RoomFreed();
    }

    /// <summary>Makes outstanding again what was held.</summary>
    public void Rollback()
    {
        lock (_gate)
        {
            foreach (var held in _held ?? [])
            {
                _tags.Restore(held.Range);
            }

            _held?.Clear();
        }
    }

    /// <summary>Completes when all settlements so far are applied at their queues.</summary>
    public Task FlushAsync()
    {
        lock (_gate)
        {
            if (_touched.Count == 0)
            {
                return Task.CompletedTask;
            }

            var flushed = _touched.Count == 1
                ? _touched.First().Settling.FlushAsync()
                : Task.WhenAll(_touched.Select(static link => link.Settling.FlushAsync()));
            _touched.Clear();
            return flushed;
        }
    }

    private void Apply(in TagRange<Attachment> range, Settlement how)
    {
        var holder = range.Holder;
        if (holder.Consumer is not null)
        {
            _unacked -= range.Count;
        }

        if (how == Settlement.Ack)
        {
            Counters.Add(MessageCount.Ack, range.Count);
        }

        holder.Link.Settling.Settle(holder, range.First, range.Last, how);
        _touched.Add(holder.Link);
    }

    private readonly record struct HeldSettlement(TagRange<Attachment> Range, Settlement How);
}
