using Microsoft.Extensions.Logging;
using OrleansBroker.ClientLib.Connections;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Queues;

namespace OrleansBroker.ClientLib.Consuming;

/// <summary>
/// Brings settlements and credit to a queue: one call is under way while the next gathers, with runs of deliveries merged. A call is
/// made until it is answered; that is safe, because the queue skips what is settled already, and credit is told in totals. What it
/// holds is bounded by what the consumers may hold unsettled.
/// </summary>
internal sealed partial class SettlePump(QueueLink link, IQueueAccess access, ILogger logger)
{
    private readonly Lock _gate = new();
    private readonly List<Attachment> _creditDue = [];
    private readonly List<SettleRange> _ranges = [];
    private TaskCompletionSource? _gathered;
    private TaskCompletionSource? _sent;
    private bool _mayHaveDied;
    private bool _deadLettersDue;
    private long _generation = 1;
    private long _epoch;
    private bool _isRunning;

    /// <summary>Whether nothing waits to be settled.</summary>
    public bool IsIdle => !Volatile.Read(ref _isRunning);

    /// <summary>Settles a run of deliveries; a dead attachment's are no more this connection's.</summary>
    public void Settle(Attachment attachment, long first, long last, Settlement how)
    {
        if (attachment.IsDead)
        {
            return;
        }

        var count = last - first + 1;
        attachment.AddOutstanding(-count);
        lock (_gate)
        {
            if (!EnterEpoch(attachment))
            {
                return;
            }

            attachment.Settled += count;
            _mayHaveDied |= how != Settlement.Ack;
            var previous = attachment.LastRange;
            if (attachment.Generation == _generation && _ranges[previous] is var range && range.How == how && range.Last + 1 == first)
            {
                _ranges[previous] = range with { Last = last };
            }
            else
            {
                attachment.Generation = _generation;
                attachment.LastRange = _ranges.Count;
                _ranges.Add(new SettleRange(attachment.Number, first, last, how));
            }

            if (attachment.Consumer is { IsCreditBySettling: true })
            {
                MarkCreditDue(attachment);
            }

            Start();
        }
    }

    /// <summary>Grants a consumer credit anew: for messages that it has processed, or because its window has changed.</summary>
    public void Grant(Attachment attachment, long processed)
    {
        if (attachment.IsDead)
        {
            return;
        }

        lock (_gate)
        {
            if (!EnterEpoch(attachment))
            {
                return;
            }

            attachment.Told = processed;
            MarkCreditDue(attachment);
            Start();
        }
    }

    /// <summary>Takes back a consumer's credit until it is restored as often. Completes when nothing is on its way to it any more.</summary>
    public Task WithholdAsync(Attachment attachment)
    {
        lock (_gate)
        {
            if (attachment.IsDead || !EnterEpoch(attachment))
            {
                return Task.CompletedTask;
            }

            attachment.Withheld++;
            MarkCreditDue(attachment);
            Start();
            return (_gathered ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>Ends a withholding.</summary>
    public void Restore(Attachment attachment)
    {
        lock (_gate)
        {
            attachment.Withheld--;
            if (!attachment.IsDead && EnterEpoch(attachment))
            {
                MarkCreditDue(attachment);
                Start();
            }
        }
    }

    /// <summary>
    /// Completes when all that was settled before is answered, and what of it became dead letters has arrived: who rejects and then
    /// reads the dead-letter queue finds it there. What is settled meanwhile is not waited for.
    /// </summary>
    public Task FlushAsync()
    {
        lock (_gate)
        {
            if (_mayHaveDied)
            {
                (_mayHaveDied, _deadLettersDue) = (false, true);
                Start();
            }

            if (!_isRunning)
            {
                return Task.CompletedTask;
            }

            ref var flushed = ref (HasGathered ? ref _gathered : ref _sent);
            return (flushed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    private bool HasGathered => _ranges.Count > 0 || _creditDue.Count > 0 || _deadLettersDue;

    /// <summary>
    /// What is gathered is of one epoch: under a later one the same numbers may mean other deliveries. What an earlier activation
    /// delivered is the queue's again.
    /// </summary>
    private bool EnterEpoch(Attachment attachment)
    {
        if (attachment.Epoch > _epoch)
        {
            _epoch = attachment.Epoch;
            _ranges.Clear();
            _creditDue.Clear();
            _generation++;
        }

        return attachment.Epoch == _epoch;
    }

    private void MarkCreditDue(Attachment attachment)
    {
        if (attachment is { IsCreditDue: false, IsDetached: false, Consumer: not null })
        {
            attachment.IsCreditDue = true;
            _creditDue.Add(attachment);
        }
    }

    private void Start()
    {
        if (!_isRunning)
        {
            _isRunning = true;
            ThreadPool.UnsafeQueueUserWorkItem(static pump => pump.RunAsync().Ignore(), this, preferLocal: false);
        }
    }

    private async Task RunAsync()
    {
        while (Take() is { } batch)
        {
            try
            {
                await SendAsync(batch).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                // A closing connection, or a refusal (the queue is gone): consumers hear of that by their own ways.
                LogNotSettled(logger, e, link.Queue);
                if (e is BrokerException { Code: ReplyCode.NotFound })
                {
                    link.EndAll(batch.Credits.Select(c => c.Consumer));
                }
            }
        }
    }

    private SettleBatch? Take()
    {
        lock (_gate)
        {
            _sent?.TrySetResult();
            (_sent, _gathered) = (_gathered, null);
            if (!HasGathered)
            {
                _isRunning = false;
                _sent?.TrySetResult();
                _sent = null;
                return null;
            }

            var credits = new CreditGrant[_creditDue.Count];
            for (var i = 0; i < credits.Length; i++)
            {
                var attachment = _creditDue[i];
                attachment.IsCreditDue = false;
                credits[i] = new CreditGrant(attachment.Number, TotalOf(attachment, attachment.Consumer!));
            }

            var batch = new SettleBatch
            {
                Host = access.Host,
                Epoch = _epoch,
                Ranges = [.. _ranges],
                Credits = credits,
                AwaitsDeadLetters = _deadLettersDue,
            };
            _deadLettersDue = false;
            _ranges.Clear();
            _creditDue.Clear();
            _generation++;
            return batch;
        }
    }

    private static long TotalOf(Attachment attachment, Consumer consumer) => attachment.Withheld > 0
        ? 0
        : (consumer.IsCreditBySettling ? attachment.Settled : attachment.Told) + consumer.Window;

    private async Task SendAsync(SettleBatch batch)
    {
        var pause = TimeSpan.Zero;
        while (true)
        {
            try
            {
                var reply = await access.SettleAsync(link.Queue, batch).ConfigureAwait(false);
                link.Observe(reply.Epoch);
                return;
            }
            catch (Exception e) when (Session.IsTransient(e) && link.Epoch == batch.Epoch)
            {
                LogRetry(logger, e, link.Queue);
            }

            pause = Session.Next(pause);
            await access.PauseAsync(pause, CancellationToken.None).ConfigureAwait(false);
        }
    }

    [LoggerMessage(4012, LogLevel.Debug, "Settlements of queue {Queue} were not answered; sending them again")]
    private static partial void LogRetry(ILogger logger, Exception exception, string queue);

    [LoggerMessage(4013, LogLevel.Debug, "Settlements of queue {Queue} were not applied; the queue delivers again what they were of")]
    private static partial void LogNotSettled(ILogger logger, Exception exception, string queue);
}
