using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Queues;

namespace OrleansBroker.Grains.Publishing;

/// <summary>
/// The one way from this silo to a destination. It has one call under way; what is published meanwhile gathers and goes with the
/// next, so that batches form by themselves and the order of arrival is the order in the queue. A batch whose outcome is unknown is
/// sent again under its number before any later one.
/// </summary>
internal sealed class Link(ILinkTarget target, PublishingOptions options, SiloAddress self, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly long _id = Random.Shared.NextInt64();
    private Queue<Segment> _waiting = new();
    private int _waitingBytes;
    private TaskCompletionSource? _room;
    private bool _running;
    private bool _closed;
    private long _number;
    private long _lastUsed = time.GetTimestamp();

    /// <summary>
    /// Takes messages over, in order. False: the link is closed, ask for a new one. <paramref name="room"/> is null, or completes when
    /// the publisher may go on.
    /// </summary>
    public bool TryAdd(ReadOnlyMemory<BrokerMessage> messages, int bytes, int firstIndex, PublishCompletion completion, out Task? room)
    {
        var start = false;
        lock (_lock)
        {
            room = null;
            if (_closed)
            {
                return false;
            }

            completion.Add();
            _waiting.Enqueue(new Segment(messages, bytes, firstIndex, completion));
            _waitingBytes += bytes;
            if (_waitingBytes > options.LinkBytes)
            {
                room = (_room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            if (!_running)
            {
                start = _running = true;
            }
        }

        if (start)
        {
            // The link belongs to no connection: it must not run on the scheduler of the grain that happened to publish first.
            ThreadPool.UnsafeQueueUserWorkItem(static link => _ = link.RunAsync(), this, preferLocal: false);
        }

        return true;
    }

    /// <summary>Closes the link when it had nothing to do for as long as <see cref="PublishingOptions.LinkIdle"/>.</summary>
    public bool TryCloseIdle()
    {
        lock (_lock)
        {
            return _closed |= !_running && time.GetElapsedTime(_lastUsed) >= options.LinkIdle;
        }
    }

    private async Task RunAsync()
    {
        var segments = new List<Segment>();
        while (TryTake(segments, out var batch))
        {
            var reply = await SendAsync(batch).ConfigureAwait(false);
            Settle(segments, reply);
            segments.Clear();
            if (reply is { NotFound: true } && TryCloseMissing())
            {
                return;
            }
        }
    }

    private bool TryTake(List<Segment> segments, out EnqueueBatch batch)
    {
        batch = null!;
        TaskCompletionSource? room = null;
        lock (_lock)
        {
            if (_waiting.Count == 0)
            {
                _running = false;
                _lastUsed = time.GetTimestamp();
                return false;
            }

            int messages = 0, bytes = 0;
            while (_waiting.TryPeek(out var next)
                && (messages == 0 || (messages + next.Messages.Length <= options.BatchMessages && bytes + next.Bytes <= options.BatchBytes)))
            {
                segments.Add(_waiting.Dequeue());
                messages += next.Messages.Length;
                bytes += next.Bytes;
            }

            _waitingBytes -= bytes;
            if (_waitingBytes <= options.LinkBytes / 2)
            {
                (room, _room) = (_room, null);
            }

            batch = new EnqueueBatch { Link = _id, Number = ++_number, Messages = new MessageBatch(Join(segments, messages)), Silo = self };
        }

        room?.SetResult();
        return true;
    }

    private static ReadOnlyMemory<BrokerMessage> Join(List<Segment> segments, int messages)
    {
        if (segments.Count == 1)
        {
            return segments[0].Messages;
        }

        var joined = new BrokerMessage[messages];
        var at = 0;
        foreach (var segment in segments)
        {
            segment.Messages.CopyTo(joined.AsMemory(at));
            at += segment.Messages.Length;
        }

        return joined;
    }

    /// <summary>Sends until an answer comes; null when none came in time.</summary>
    private async Task<EnqueueReply?> SendAsync(EnqueueBatch batch)
    {
        var started = time.GetTimestamp();
        var pause = TimeSpan.FromMilliseconds(20);
        while (true)
        {
            if (await target.TrySendAsync(batch).ConfigureAwait(false) is { } reply)
            {
                return reply;
            }

            if (time.GetElapsedTime(started) >= options.RetryFor)
            {
                return null;
            }

            batch = batch.Again();
            await Task.Delay(pause, time).ConfigureAwait(false);
            pause = pause < TimeSpan.FromSeconds(1) ? pause * 2 : pause;
        }
    }

    private static void Settle(List<Segment> segments, EnqueueReply? reply)
    {
        var refused = reply?.Refused ?? [];
        int offset = 0, at = 0;
        foreach (var segment in segments)
        {
            var count = segment.Messages.Length;
            if (reply is null)
            {
                segment.Completion.Unknown(segment.FirstIndex, count);
            }
            else if (reply.NotFound)
            {
                segment.Completion.Missing(segment.FirstIndex, count);
            }

            for (; at < refused.Length && refused[at] < offset + count; at++)
            {
                segment.Completion.Except(segment.FirstIndex + refused[at] - offset, Interfaces.Publishing.PublishOutcome.Refused);
            }

            offset += count;
            segment.Completion.Done();
        }
    }

    /// <summary>A link to nowhere is not kept: publishing to random names must not grow memory.</summary>
    private bool TryCloseMissing()
    {
        lock (_lock)
        {
            if (_waiting.Count > 0)
            {
                return false;
            }

            _running = false;
            return _closed = true;
        }
    }

    private readonly record struct Segment(ReadOnlyMemory<BrokerMessage> Messages, int Bytes, int FirstIndex, PublishCompletion Completion);
}
