using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Queues.Core.Messages;

namespace OrleansBroker.Grains.Queues.Core.Consumers;

/// <summary>Who consumes the queue, in which order they are served, and how long their leases last.</summary>
internal sealed class ConsumerRoster(QueueId queue, CurrentSettings settings, QueueLimits limits)
{
    private readonly Dictionary<ConsumerId, Consumer> _all = [];
    // In the order they attached: the single active consumer is the first of the highest priority.
    private readonly List<Consumer> _attached = [];
    // The highest priority first.
    private readonly List<ConsumerLine> _lines = [];
    private long _leaseBound = long.MaxValue;
    private long _timeoutBound = long.MaxValue;
    private Consumer? _active;

    /// <summary>Attached consumers.</summary>
    public int Count => _attached.Count;

    /// <summary>Messages that are delivered and not settled.</summary>
    public long Unacked { get; set; }

    public IReadOnlyList<Consumer> Attached => _attached;

    /// <summary>The lines, the highest priority first.</summary>
    public IReadOnlyList<ConsumerLine> Lines => _lines;

    /// <summary>No lease ends before this; null where nobody holds one.</summary>
    public long? NextLease => _leaseBound == long.MaxValue ? null : _leaseBound;

    /// <summary>Nobody has kept a message for too long before this; null where nobody will.</summary>
    public long? NextTimeout => _timeoutBound == long.MaxValue ? null : _timeoutBound;

    public Consumer? Find(ConsumerId id) => _all.GetValueOrDefault(id);

    /// <summary>All messages that somebody holds.</summary>
    public IEnumerable<QueuedMessage> UnackedMessages() => _all.Values.SelectMany(c => c.Unacked.Messages);

    /// <summary>Whether messages are delivered to the consumer: always, but for those who wait behind a single active one.</summary>
    public bool IsActive(Consumer consumer) => !settings.Value.SingleActiveConsumer || ReferenceEquals(consumer, _active);

    /// <summary>Who alone is given messages; null without that rule, and while there is nobody.</summary>
    public Consumer? Active => settings.Value.SingleActiveConsumer ? _active : null;

    /// <summary>Whether somebody takes messages: consumers, or one who gets.</summary>
    public bool HasDemand => _all.Count > 0;

    /// <summary>Lets a consumer in.</summary>
    /// <exception cref="BrokerException">
    /// 403: it wants to be alone and is not, or another one is; 406: its timeout cannot be.
    /// </exception>
    public Consumer Attach(ConsumerAttachment attachment, bool lasting)
    {
        var refused = attachment.Exclusive
            ? _attached.Count > 0 || settings.Value.SingleActiveConsumer
            : _attached is [{ Attachment.Exclusive: true }];
        if (refused)
        {
            throw new BrokerException(ReplyCode.AccessRefused, $"{queue} in exclusive use");
        }

        var consumer = new Consumer(attachment.Id, attachment, lasting, TimeoutOf(attachment));
        _all.Add(consumer.Id, consumer);
        _attached.Add(consumer);
        LineOf(consumer.Priority, add: true)!.Members++;
        _active ??= consumer;
        Offer(consumer);
        return consumer;
    }

    /// <summary>Notes one who gets: it holds messages and a lease, and is delivered nothing.</summary>
    public Consumer AddGetter(ConsumerId id)
    {
        var getter = new Consumer(id, attachment: null, lasting: false, QueueTimeout);
        _all.Add(id, getter);
        return getter;
    }

    /// <summary>Delivers nothing more to a consumer; it is remembered for what it holds.</summary>
    public void Detach(Consumer consumer)
    {
        if (!consumer.IsAttached)
        {
            return;
        }

        consumer.IsAttached = false;
        consumer.Line?.Leave(consumer);
        _attached.Remove(consumer);
        var line = LineOf(consumer.Priority, add: false)!;
        if (--line.Members == 0)
        {
            _lines.Remove(line);
        }

        if (ReferenceEquals(_active, consumer))
        {
            _active = NextActive();
            if (_active is not null)
            {
                Offer(_active);
            }
        }
    }

    /// <summary>Forgets one who is detached and holds nothing.</summary>
    public void Forget(Consumer consumer) => _all.Remove(consumer.Id);

    /// <summary>Grants credit: a total, so that a grant that comes twice, or late, changes nothing. 0 takes back what is not used.</summary>
    public void Grant(Consumer consumer, long total)
    {
        if (total == 0)
        {
            consumer.Granted -= Math.Max(0, consumer.Credit);
            consumer.Line?.Leave(consumer);
            return;
        }

        consumer.Granted = Math.Max(consumer.Granted, total);
        Offer(consumer);
    }

    /// <summary>Puts a consumer in line where it can take messages now.</summary>
    public void Offer(Consumer consumer)
    {
        if (consumer is { IsAttached: true, IsBusy: false, Credit: > 0 } && IsActive(consumer))
        {
            LineOf(consumer.Priority, add: false)!.Join(consumer);
        }
    }

    /// <summary>Whether somebody who waits for the end of a delivery has credit for more; and how much all who are served have.</summary>
    public Claim Claims()
    {
        var (busy, all) = (0L, 0L);
        foreach (var consumer in _attached)
        {
            if (consumer.Credit > 0 && IsActive(consumer))
            {
                // Grants are totals and may be near the highest number: the sum stops there.
                all = Math.Min(all, long.MaxValue - consumer.Credit) + consumer.Credit;
                busy = consumer.IsBusy ? Math.Min(busy, long.MaxValue - consumer.Credit) + consumer.Credit : busy;
            }
        }

        return new Claim(busy, all);
    }

    /// <summary>Whether a consumer of this priority could take more after its delivery, so that lower ones wait.</summary>
    public bool HasCredit(int priority)
    {
        foreach (var consumer in _attached)
        {
            if (consumer.Priority == priority && consumer.Credit > 0 && IsActive(consumer))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Sets a lease; it is never shortened.</summary>
    public void Lease(Consumer consumer, long until)
    {
        consumer.LeaseUntil = Math.Max(consumer.LeaseUntil, until);
        if (!consumer.IsLasting)
        {
            _leaseBound = Math.Min(_leaseBound, consumer.LeaseUntil);
        }
    }

    /// <summary>Those whose lease has ended.</summary>
    public List<Consumer> Lapsed(long now)
    {
        var lapsed = new List<Consumer>();
        if (_leaseBound > now)
        {
            return lapsed;
        }

        _leaseBound = long.MaxValue;
        foreach (var consumer in _all.Values)
        {
            if (consumer.IsLasting)
            {
                continue;
            }

            if (consumer.LeaseUntil <= now)
            {
                lapsed.Add(consumer);
            }
            else
            {
                _leaseBound = Math.Min(_leaseBound, consumer.LeaseUntil);
            }
        }

        return lapsed;
    }

    /// <summary>A message is handed to the consumer.</summary>
    public void Watch(Consumer consumer, long now)
    {
        if (consumer.Timeout > 0)
        {
            _timeoutBound = Math.Min(_timeoutBound, now + consumer.Timeout);
        }
    }

    /// <summary>Looks again when the consumer's oldest delivery has been kept for too long.</summary>
    public void WatchTimeout(Consumer consumer)
    {
        if (consumer.TimeoutAt is { } at)
        {
            _timeoutBound = Math.Min(_timeoutBound, at);
        }
    }

    /// <summary>Those who have kept a message for too long.</summary>
    public List<Consumer> Overdue(long now)
    {
        var overdue = new List<Consumer>();
        if (_timeoutBound > now)
        {
            return overdue;
        }

        _timeoutBound = long.MaxValue;
        foreach (var consumer in _all.Values)
        {
            if (consumer.TimeoutAt <= now)
            {
                overdue.Add(consumer);
            }
            else
            {
                WatchTimeout(consumer);
            }
        }

        return overdue;
    }

    private long QueueTimeout => settings.Value.ConsumerTimeout ?? limits.ConsumerTimeout;

    private long TimeoutOf(ConsumerAttachment attachment)
    {
        const string Name = QueueSettings.ConsumerTimeoutArgument;
        if (!attachment.Arguments.TryGetValue(Name, out var value))
        {
            return QueueTimeout;
        }

        return QueueArguments.TryInteger(value, out var timeout) && timeout is >= 0 and <= uint.MaxValue
            ? timeout
            : throw new BrokerException(
                ReplyCode.PreconditionFailed, $"invalid arg '{Name}' for consumer '{attachment.Tag}' of {queue}: milliseconds from 0 to {uint.MaxValue}");
    }

    private Consumer? NextActive()
    {
        Consumer? next = null;
        foreach (var consumer in _attached)
        {
            next = next is null || consumer.Priority > next.Priority ? consumer : next;
        }

        return next;
    }

    private ConsumerLine? LineOf(int priority, bool add)
    {
        var at = 0;
        while (at < _lines.Count && _lines[at].Priority > priority)
        {
            at++;
        }

        if (at < _lines.Count && _lines[at].Priority == priority)
        {
            return _lines[at];
        }

        if (!add)
        {
            return null;
        }

        var line = new ConsumerLine(priority);
        _lines.Insert(at, line);
        return line;
    }
}

/// <summary>How many messages consumers have asked for and do not have.</summary>
/// <param name="Busy">Of those that a delivery is under way to.</param>
/// <param name="All">Of all that are served.</param>
internal readonly record struct Claim(long Busy, long All);
