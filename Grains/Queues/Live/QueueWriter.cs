using System.Diagnostics;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Queues.Core;
using OrleansBroker.Grains.Telemetry;

namespace OrleansBroker.Grains.Queues.Live;

/// <summary>
/// Commits what the core gathers, one write under way: what comes meanwhile goes with the next, so that batches form by themselves.
/// Enqueue calls wait here for the write that holds their messages.
/// </summary>
internal sealed class QueueWriter(string queue, QueueCore core, IQueueStore store, BrokerTelemetry telemetry, TimeProvider time)
{
    private readonly Queue<Waiter> _waiters = new();
    private Task _running = Task.CompletedTask;
    private Exception? _ended;
    private long _committed;

    /// <summary>Called after each commit; delivers what became ready.</summary>
    public required Action Committed { get; init; }

    /// <summary>Called after each commit that added messages, with how many.</summary>
    public required Action<int> Stored { get; init; }

    /// <summary>Called when the queue belongs to somebody else now, or the store failed.</summary>
    public required Action<Exception> Failed { get; init; }

    /// <summary>Completes when no commit is under way.</summary>
    public Task Resting => _running;

    /// <summary>Starts to commit if there is something and nothing is under way.</summary>
    public void Start()
    {
        if (core.HasWrite && _running.IsCompleted && _ended is null)
        {
            _running = RunAsync();
        }
    }

    /// <summary>Completes when the write is committed; fails when its outcome is unknown.</summary>
    public Task WaitAsync(long write)
    {
        if (write <= _committed)
        {
            return Task.CompletedTask;
        }

        if (_ended is not null)
        {
            return Task.FromException(_ended);
        }

        var waiter = new Waiter(write, new TaskCompletionSource());
        _waiters.Enqueue(waiter);
        return waiter.Done.Task;
    }

    /// <summary>Commits the last write of a clean end.</summary>
    public async Task ReleaseAsync(long now)
    {
        await _running;
        if (_ended is not null)
        {
            return;
        }

        var write = core.Release(out var number, now);
        if (await store.CommitAsync(write))
        {
            Complete(number, now);
        }

        End(new QueueEndedException("the queue moved"));
    }

    /// <summary>Nothing is committed any more; whoever waits learns that the outcome is unknown.</summary>
    public void End(Exception reason)
    {
        _ended ??= reason;
        while (_waiters.TryDequeue(out var waiter))
        {
            waiter.Done.TrySetException(_ended);
        }
    }

    /// <summary>The queue was deleted: what waited is as good as stored (trap 8: a confirm for a deleted queue is an ack).</summary>
    public void EndDeleted()
    {
        _ended ??= new QueueEndedException("the queue was deleted");
        while (_waiters.TryDequeue(out var waiter))
        {
            waiter.Done.TrySetResult();
        }
    }

    private async Task RunAsync()
    {
        try
        {
            while (core.HasWrite && _ended is null)
            {
                var write = core.TakeWrite(out var number);
                using var activity = StartPersist(write);
                var started = time.GetTimestamp();
                if (!await store.CommitAsync(write))
                {
                    if (_ended is null)
                    {
                        Failed(new QueueEndedException("the queue was taken over by another activation"));
                    }

                    return;
                }

                telemetry.Committed(time.GetElapsedTime(started));
                activity?.Stop();
                Stored(write.Appended.Count);
                if (_ended is null)
                {
                    Complete(number, time.GetUtcNow().ToUnixTimeMilliseconds());
                    Committed();
                }
            }
        }
        catch (Exception exception)
        {
            // The outcome of a commit that threw is unknown: only a new epoch can tell what is stored.
            Failed(exception);
        }
    }

    private Activity? StartPersist(QueueWrite write)
    {
        if (write.Appended.Count == 0 || !telemetry.HasListeners)
        {
            return null;
        }

        // Whatever started the loop is of other messages.
        Activity.Current = null;
        return telemetry.Start("persist", queue, [.. write.Appended.Select(static stored => stored.Message)]);
    }

    private void Complete(long number, long now)
    {
        core.Committed(number, now);
        _committed = number;
        while (_waiters.TryPeek(out var waiter) && waiter.Write <= number)
        {
            _waiters.Dequeue().Done.TrySetResult();
        }
    }

    private readonly record struct Waiter(long Write, TaskCompletionSource Done);
}
