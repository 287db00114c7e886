namespace OrleansBroker.Grains.Queues;

/// <summary>
/// Holds publishers back while the consumers of a queue are about to catch up. Without it a publisher that is a little faster than
/// they are fills the memory of the queue, and from then on every message takes the way through the store for nothing. A queue whose
/// consumers do not catch up in time is a long queue: it lets its publishers go on, and pages.
/// </summary>
internal sealed class EnqueuePacing(TimeProvider time, TimeSpan patience)
{
    private TaskCompletionSource? _room;
    private bool _isAhead;
    private bool _hasGivenUp;

    /// <summary>Says whether the publishers are ahead of the consumers.</summary>
    public void Observe(bool isAhead)
    {
        _isAhead = isAhead;
        if (!isAhead)
        {
            _hasGivenUp = false;
            Free();
        }
    }

    /// <summary>Completes at once, when the consumers have caught up, or when they had their time.</summary>
    public ValueTask WaitAsync() =>
        _isAhead && !_hasGivenUp && patience > TimeSpan.Zero ? new ValueTask(WaitForRoomAsync()) : ValueTask.CompletedTask;

    /// <summary>Lets everybody go on.</summary>
    public void End() => Observe(isAhead: false);

    private async Task WaitForRoomAsync()
    {
        var room = (_room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        if (await Task.WhenAny(room, Task.Delay(patience, time)) != room)
        {
            _hasGivenUp = _isAhead;
            Free();
        }
    }

    private void Free()
    {
        _room?.TrySetResult();
        _room = null;
    }
}
