using OrleansBroker.ClientLib.Connections;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Publishing;
using OrleansBroker.Grains.Interfaces.Sessions;

namespace OrleansBroker.ClientLib.Publishing;

/// <summary>
/// Publishes in the order of the calls: one batch is under way while the next gathers behind it, so batches grow with the load and a
/// lone message goes at once. What waits is bounded; beyond that, calls wait in line for room before their messages are encoded.
/// </summary>
internal sealed class PublishPump(Session session, string virtualHost, ConnectionOptions options)
{
    // Large enough to make a call's cost vanish, small enough to keep memory and latency in hand.
    private const int MaxBatchBytes = 2 * 1024 * 1024;
    private const int MaxBatchMessages = 8192;

    private readonly Lock _gate = new();
    private readonly Queue<PendingPublish> _gathered = new();
    private readonly Queue<PendingPublish> _inLine = new();
    private long _pendingBytes;
    private bool _isRunning;
    private TaskCompletionSource? _idle;
    private long _number;
    private long _boot;

    /// <summary>Whether a message may be encoded now; where not, it is encoded when its turn comes.</summary>
    public bool HasRoom => Volatile.Read(ref _pendingBytes) < options.MaxPendingBytes;

    /// <summary>Publishes what is encoded already.</summary>
    public Task PublishAsync(PendingPublish publish, CancellationToken cancellationToken) => PublishAsync(publish, null, cancellationToken);

    /// <summary>The task completes when every message is enqueued wherever it was routed; it fails with the first failure of any.</summary>
    public Task PublishAsync(PendingPublish publish, Action<PendingPublish>? encode, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled(cancellationToken);
        }

        var start = false;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(session.Closing.IsCancellationRequested, typeof(Connection));
            if (_inLine.Count > 0 || _pendingBytes >= options.MaxPendingBytes)
            {
                publish.Encode = encode;
                _inLine.Enqueue(publish);
            }
            else
            {
                encode?.Invoke(publish);
                Gather(publish);
            }

            start = !_isRunning;
            _isRunning = true;
        }

        if (start)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static pump => pump.RunAsync().Ignore(), this, preferLocal: false);
        }

        return cancellationToken.CanBeCanceled ? CancellableAsync(publish, cancellationToken) : publish.Task;
    }

    /// <summary>Completes when all that was published has its outcome.</summary>
    public Task FlushAsync()
    {
        lock (_gate)
        {
            return _isRunning
                ? (_idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task
                : Task.CompletedTask;
        }
    }

    private static async Task CancellableAsync(PendingPublish publish, CancellationToken cancellationToken)
    {
        // What is cancelled before it was sent is not sent; later the message may be published all the same.
        await using var registration = cancellationToken.UnsafeRegister(
            static (state, token) => ((PendingPublish)state!).TrySetCanceled(token), publish).ConfigureAwait(false);
        await publish.Task.ConfigureAwait(false);
    }

    private void Gather(PendingPublish publish)
    {
        _gathered.Enqueue(publish);
        _pendingBytes += publish.Size;
    }

    private async Task RunAsync()
    {
        var batch = new List<PendingPublish>();
        var messages = new List<BrokerMessage>();
        while (Take(batch, messages))
        {
            try
            {
                var result = await SendAsync(new MessageBatch(messages.ToArray())).ConfigureAwait(false);
                PublishFailures.Apply(result, batch, virtualHost);
            }
            catch (Exception e)
            {
                var failure = e is OperationCanceledException
                    ? new PublishUnknownException("The connection was closed while the message was being published", e)
                    : e;
                foreach (var publish in batch)
                {
                    publish.Fail(failure);
                }
            }

            foreach (var publish in batch)
            {
                publish.Complete();
            }
        }
    }

    /// <summary>Takes the next batch, after giving back the room of the last one; false, and the pump stands still, where there is none.</summary>
    private bool Take(List<PendingPublish> batch, List<BrokerMessage> messages)
    {
        lock (_gate)
        {
            Release(batch);
            messages.Clear();
            AdmitFromLine();
            long bytes = 0;
            while (_gathered.TryPeek(out var next)
                && (messages.Count == 0 || (bytes + next.Size <= MaxBatchBytes && messages.Count + next.Count <= MaxBatchMessages)))
            {
                _gathered.Dequeue();
                if (next.Task.IsCompleted)
                {
                    _pendingBytes -= next.Size;
                    AdmitFromLine();
                    continue;
                }

                bytes += next.Size;
                batch.Add(next);
                next.AddTo(messages);
            }

            _isRunning = messages.Count > 0;
            if (!_isRunning)
            {
                _idle?.TrySetResult();
                _idle = null;
            }

            return _isRunning;
        }
    }

    private void Release(List<PendingPublish> sent)
    {
        foreach (var publish in sent)
        {
            _pendingBytes -= publish.Size;
        }

        sent.Clear();
    }

    private void AdmitFromLine()
    {
        while (_pendingBytes < options.MaxPendingBytes && _inLine.TryDequeue(out var next))
        {
            if (next.Task.IsCompleted)
            {
                continue;
            }

            try
            {
                next.Encode?.Invoke(next);
                next.Encode = null;
                Gather(next);
            }
            catch (Exception e)
            {
                next.TrySetException(e);
            }
        }
    }

    /// <summary>
    /// Sends until it is answered: the session answers a repeat of a batch without publishing it again. A session that was lost under
    /// way leaves the outcome unknown.
    /// </summary>
    private async Task<PublishResult> SendAsync(MessageBatch messages)
    {
        var start = options.TimeProvider.GetTimestamp();
        var pause = TimeSpan.Zero;
        var info = await session.OpenPatientlyAsync().ConfigureAwait(false);
        var request = Number(info, messages);
        var mayHaveArrived = false;
        while (true)
        {
            try
            {
                return await session.Grain.PublishAsync(request).ConfigureAwait(false);
            }
            catch (SessionLostException e) when (mayHaveArrived)
            {
                throw new PublishUnknownException("The session was lost while the message was being published", e);
            }
            catch (Exception e) when (Session.IsTransient(e))
            {
                mayHaveArrived |= e is not SessionLostException;
                if (options.TimeProvider.GetElapsedTime(start) > options.RequestTimeout)
                {
                    throw new PublishUnknownException($"The broker did not confirm in time: {e.Message}", e);
                }

                if (!mayHaveArrived)
                {
                    // The lost session did nothing of it, so the new one may publish it.
                    session.Forget(info);
                    info = await session.OpenPatientlyAsync().ConfigureAwait(false);
                    request = Number(info, messages);
                    continue;
                }
            }

            pause = Session.Next(pause);
            await session.PauseAsync(pause, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private PublishRequest Number(SessionInfo info, MessageBatch messages)
    {
        if (_boot != info.Boot)
        {
            _boot = info.Boot;
            _number = 0;
        }

        return new PublishRequest { Boot = info.Boot, Number = ++_number, Messages = messages };
    }
}
