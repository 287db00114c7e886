using OrleansBroker.FaultLab.History;
using OrleansBroker.FaultLab.Load.Clients;

namespace OrleansBroker.FaultLab.Load.Publishing;

/// <summary>What one channel has published and the broker has not answered yet, by publish sequence number.</summary>
internal sealed class ConfirmWindow(int publisher, int size, HistoryLog history) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _room = new(size);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SortedSet<ulong> _open = [];
    private TaskCompletionSource? _empty;
    private ulong _last;
    private bool _left;

    /// <summary>Completes when the channel is gone.</summary>
    public Task Closed => _closed.Task;

    /// <summary>The next message, when there is room for it.</summary>
    public async Task<MessageName> NextAsync(PublishDraw draw, CancellationToken ends)
    {
        await _room.WaitAsync(ends);
        lock (_gate)
        {
            var name = new MessageName(publisher, (long)++_last);
            draw.Note(history, name);
            _open.Add(_last);
            return name;
        }
    }

    /// <summary>The broker's answer to one message, or to all up to one.</summary>
    public void Answer(ulong tag, bool multiple, HistoryKind outcome)
    {
        lock (_gate)
        {
            if (_left)
            {
                // On its way while the client left: nobody hears it.
                return;
            }

            ulong[] answered = multiple ? [.. _open.TakeWhile(open => open <= tag)] : [tag];
            if (!answered.Contains(tag))
            {
                // For nothing, or a second time: the judge is to see it.
                answered = [.. answered, tag];
            }

            foreach (var one in answered)
            {
                Settle(one, outcome, one);
            }
        }
    }

    /// <summary>A message came back.</summary>
    public void Return(string? messageId, string? seal, ReadOnlySpan<byte> body)
    {
        var (name, damage) = MessageSeal.Check(messageId, seal, body);
        history.Add(HistoryEvent.Of(HistoryKind.Returned, name) with { Text = damage });
    }

    /// <summary>The channel is gone: what has no answer gets none.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _left = true;
            foreach (var one in _open.ToArray())
            {
                Settle(one, HistoryKind.Unknown, tag: 0);
            }
        }

        _closed.TrySetResult();
    }

    /// <summary>Gives up waiting: what has no answer stays without, to be judged.</summary>
    public void GiveUp()
    {
        lock (_gate)
        {
            _open.Clear();
        }
    }

    /// <summary>Completes when all is answered, or the channel is gone.</summary>
    public Task EmptyAsync()
    {
        lock (_gate)
        {
            return _open.Count == 0
                ? Task.CompletedTask
                : (_empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _room.Dispose();

    private void Settle(ulong number, HistoryKind outcome, ulong tag)
    {
        history.Add(HistoryEvent.Of(outcome, new MessageName(publisher, (long)number)) with { Tag = tag });
        if (_open.Remove(number))
        {
            _room.Release();
        }

        if (_open.Count == 0)
        {
            _empty?.TrySetResult();
            _empty = null;
        }
    }
}
