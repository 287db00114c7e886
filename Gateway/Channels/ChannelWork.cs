using OrleansBroker.Amqp;
using OrleansBroker.Gateway.Connections;
using OrleansBroker.Gateway.Publishing;

namespace OrleansBroker.Gateway.Channels;

/// <summary>One piece of a channel's work, in the order of the wire.</summary>
/// <param name="Method">The method; <see cref="MethodId.BasicPublish"/> stands for a whole group.</param>
/// <param name="Payload">The method frame's payload, copied.</param>
/// <param name="Group">The messages to publish.</param>
/// <param name="Tag">The delivery tag that is settled.</param>
/// <param name="Multiple">Whether all up to the tag are settled.</param>
/// <param name="Requeue">Whether they return to their queue.</param>
/// <param name="Refusal">Why the method is refused, when its turn comes.</param>
internal readonly record struct ChannelWork(
    MethodId Method,
    byte[]? Payload = null,
    PublishGroup? Group = null,
    ulong Tag = 0,
    bool Multiple = false,
    bool Requeue = false,
    Exception? Refusal = null)
{
    /// <summary>Octets that it keeps in memory, roughly.</summary>
    public int Size => 64 + (Payload?.Length ?? 0) + (Group?.Bytes ?? 0);
}

/// <summary>
/// What waits behind the work that a channel is at. Bounded, by itself and with the connection's other channels: the connection
/// stops reading while it is full.
/// </summary>
internal sealed class ChannelBacklog(IncomingMemory memory)
{
    private const int MostBytes = 4 * 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly Queue<ChannelWork> _queue = new();
    private TaskCompletionSource? _room;
    private TaskCompletionSource? _idle;
    private long _bytes;
    private int _current;
    private bool _busy;

    /// <summary>Whether the channel is at work.</summary>
    public bool IsBusy => Volatile.Read(ref _busy);

    /// <summary>Whether as much waits as may.</summary>
    public bool IsFull => Volatile.Read(ref _bytes) >= MostBytes;

    /// <summary>Adds work behind what is under way; false where nothing is, and the caller does it at once.</summary>
    public bool TryAdd(in ChannelWork work)
    {
        if (!IsBusy)
        {
            return false;
        }

        lock (_lock)
        {
            if (_busy)
            {
                _queue.Enqueue(work);
                _bytes += work.Size;
                memory.Wait(work.Size);
            }

            return _busy;
        }
    }

    /// <summary>Work is under way that does not end at once.</summary>
    public void Begin(in ChannelWork work)
    {
        lock (_lock)
        {
            _busy = true;
            _current = work.Size;
            memory.Wait(_current);
        }
    }

    /// <summary>The next piece; false where there is none, and the channel is idle again.</summary>
    public bool TryTake(out ChannelWork work)
    {
        lock (_lock)
        {
            memory.Wait(-_current);
            _current = 0;
            if (_queue.TryDequeue(out work))
            {
                _current = work.Size;
                _bytes -= work.Size;
                if (_bytes < MostBytes)
                {
                    _room?.TrySetResult();
                    _room = null;
                }

                return true;
            }

            _busy = false;
            _idle?.TrySetResult();
            _idle = null;
            return false;
        }
    }

    /// <summary>Completes when more may be added.</summary>
    public Task RoomAsync()
    {
        lock (_lock)
        {
            return IsFull ? (_room ??= New()).Task : Task.CompletedTask;
        }
    }

    /// <summary>Completes when the channel is idle.</summary>
    public Task IdleAsync()
    {
        lock (_lock)
        {
            return _busy ? (_idle ??= New()).Task : Task.CompletedTask;
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
