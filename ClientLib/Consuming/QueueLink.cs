using Microsoft.Extensions.Logging;
using OrleansBroker.ClientLib.Connections;
using OrleansBroker.Grains.Interfaces.Queues;

namespace OrleansBroker.ClientLib.Consuming;

/// <summary>
/// A connection's link to one queue: the attachments of its consumers, the epoch they are under, and the renewal of their leases. What
/// they settle goes by the <see cref="SettlePump"/>.
/// </summary>
internal sealed partial class QueueLink(string queue, IQueueAccess access, ConsumerHost host, ILogger logger)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, Attachment> _attachments = [];
    private Attachment? _getter;
    private SettlePump? _settling;
    private long _epoch;
    private bool _isClosed;

    /// <summary>The queue's name.</summary>
    public string Queue { get; } = queue;

    /// <summary>What the consumers settle, on its way to the queue.</summary>
    public SettlePump Settling => _settling ?? Interlocked.CompareExchange(ref _settling, new SettlePump(this, access, logger), null) ?? _settling;

    /// <summary>What the queue hears of this host, and when.</summary>
    public SignsOfLife Signs { get; } = new(access.Time);

    /// <summary>The queue's epoch as far as it is known.</summary>
    public long Epoch => Volatile.Read(ref _epoch);

    /// <summary>
    /// Adds an attachment, before the queue hears of it: deliveries may come before the queue's answer. Null where the link was closed
    /// for want of use.
    /// </summary>
    public Attachment? TryAdd(Consumer consumer)
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return null;
            }

            var attachment = new Attachment(this, consumer, host.NextNumber());
            // The dictionary also keeps the observer alive: Orleans itself holds observers weakly.
            _attachments.Add(attachment.Number, attachment);
            return attachment;
        }
    }

    /// <summary>
    /// Who gets single messages: settled as a consumer's, but nothing is pushed to it. Counts one message as on its way until
    /// it is settled, or the get brought nothing.
    /// </summary>
    public Attachment? TryGetGetter()
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return null;
            }

            if (_getter is null)
            {
                _getter = new Attachment(this, null, host.NextNumber());
                _attachments.Add(_getter.Number, _getter);
            }

            _getter.AddOutstanding(1);
            return _getter;
        }
    }

    /// <summary>
    /// The get brought a message to settle, under this epoch. Where the queue has moved since the getter's last message, its earlier
    /// messages are the queue's again, and this one belongs to a new attachment under the same number.
    /// </summary>
    public Attachment Got(Attachment getter, long epoch)
    {
        Observe(epoch);
        lock (_gate)
        {
            if (getter.TryEnterEpoch(epoch) && !getter.IsDead)
            {
                return getter;
            }

            getter.Kill();
            var fresh = new Attachment(this, null, getter.Number);
            fresh.AddOutstanding(1);
            fresh.TryEnterEpoch(epoch);
            _attachments[fresh.Number] = fresh;
            if (_getter is null || ReferenceEquals(_getter, getter))
            {
                _getter = fresh;
            }

            return fresh;
        }
    }

    /// <summary>Closes the link where nothing uses it.</summary>
    public bool TryClose()
    {
        lock (_gate)
        {
            return _isClosed = _attachments.Count == 0 && Settling.IsIdle;
        }
    }

    /// <summary>Notes the queue's epoch; attachments of an earlier one are dead, and their consumers attach again.</summary>
    public void Observe(long epoch)
    {
        Attachment[] outdated;
        lock (_gate)
        {
            if (epoch <= _epoch)
            {
                return;
            }

            _epoch = epoch;
            outdated = [.. _attachments.Values.Where(a => a.Epoch != 0 && a.Epoch < epoch)];
        }

        foreach (var attachment in outdated)
        {
            Restart(attachment);
        }
    }

    /// <summary>Ends an attachment and lets its consumer attach again.</summary>
    public void Restart(Attachment attachment)
    {
        if (Remove(attachment))
        {
            LogRestart(logger, Queue, attachment.Number);
            attachment.Consumer?.Reattach();
        }
    }

    /// <summary>Ends an attachment that the queue still takes for alive: tells the queue, so that it need not wait for the lease.</summary>
    public void Abandon(Attachment attachment)
    {
        Restart(attachment);
        Detached.Run(() => host.DetachAsync(attachment)).Ignore();
    }

    /// <summary>Ends an attachment because the queue is gone.</summary>
    public void EndDeleted(Attachment attachment)
    {
        if (Remove(attachment))
        {
            attachment.Consumer?.End(host.QueueGone(Queue));
        }
    }

    /// <summary>Ends an attachment; false where it had ended already.</summary>
    public bool Remove(Attachment attachment)
    {
        if (!Leave(attachment))
        {
            return false;
        }

        host.Forget(attachment);
        return true;
    }

    /// <summary>As <see cref="Remove"/>, but what the queue has on its way to the attachment still finds it, to be dropped there.</summary>
    public bool Leave(Attachment attachment)
    {
        lock (_gate)
        {
            if (attachment.IsDead)
            {
                return false;
            }

            attachment.Kill();
            if (ReferenceEquals(_attachments.GetValueOrDefault(attachment.Number), attachment))
            {
                _attachments.Remove(attachment.Number);
            }

            if (ReferenceEquals(_getter, attachment))
            {
                _getter = null;
            }
        }

        return true;
    }

    /// <summary>Renews the leases of all attachments in one call; those that the queue does not know attach again.</summary>
    public async Task RenewAsync()
    {
        RenewRequest request;
        lock (_gate)
        {
            // Nothing of an idle getter, nor of a cancelled consumer that settled all, is in the queue: no lease to renew.
            foreach (var idle in _attachments.Values.Where(a => a is { Outstanding: 0 } and ({ Consumer: null } or { IsDetached: true })).ToArray())
            {
                _attachments.Remove(idle.Number);
                idle.Kill();
                host.Forget(idle);
                _getter = ReferenceEquals(_getter, idle) ? null : _getter;
            }

            long[] known = [.. _attachments.Values.Where(a => a.Epoch == _epoch).Select(a => a.Number)];
            if (known.Length == 0 || _epoch == 0)
            {
                return;
            }

            request = new RenewRequest { Host = access.Host, Epoch = _epoch, Consumers = known, Sign = Signs.Next() };
        }

        var reply = await access.RenewAsync(Queue, request).ConfigureAwait(false);
        if (reply.NotFound)
        {
            EndAll(request.Consumers);
        }
        else if (reply.Epoch != request.Epoch)
        {
            RestartAll(request.Consumers);
            Observe(reply.Epoch);
        }
        else
        {
            RestartAll(reply.Unknown);
        }
    }

    private void RestartAll(long[] numbers)
    {
        foreach (var number in numbers)
        {
            if (Find(number) is { } attachment)
            {
                Restart(attachment);
            }
        }
    }

    /// <summary>Ends attachments because the queue is gone.</summary>
    public void EndAll(IEnumerable<long> numbers)
    {
        foreach (var number in numbers)
        {
            if (Find(number) is { } attachment)
            {
                EndDeleted(attachment);
            }
        }
    }

    private Attachment? Find(long number)
    {
        lock (_gate)
        {
            return _attachments.GetValueOrDefault(number);
        }
    }

    [LoggerMessage(4011, LogLevel.Debug, "Consumer {Consumer} of queue {Queue} attaches again")]
    private static partial void LogRestart(ILogger logger, string queue, long consumer);
}
