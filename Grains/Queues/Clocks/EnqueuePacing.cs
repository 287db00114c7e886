namespace OrleansBroker.Grains.Queues.Clocks;

/// <summary>
/// Holds publishers to half of the pace of a queue's consumers while more waits than an eighth of the head. Without it a publisher that
/// is a little faster than they are fills the memory of the queue, and from then on every message takes the way through the store,
/// which costs the consumers the time that they would need to catch up. Where they would need longer than <paramref name="pause"/> for
/// half a head it is a long queue: its publishers go on, and it pages.
/// </summary>
internal sealed class EnqueuePacing(TimeProvider time, TimeSpan pause)
{
    // Two batches of 2,048: a queue is never empty for want of a publisher, and a message waits no longer than it must.
    private const double Allowed = 0.125;

    // What consumers have to take in the pause.
    private const double Taken = 0.5;

    // Looks within the pause. On a busy machine even fast consumers may stand still for a tenth of a second.
    private const int Looks = 2;

    // Looks before slow consumers are looked at again, first and at most: what made them slow may be over.
    private const int ShortestRest = 10;
    private const int LongestRest = 240;

    private readonly TimeSpan _look = pause / Looks;
    private TaskCompletionSource? _room;
    private double _fill;
    private double _atLastLook;
    private double _target;
    private double _brought;
    private long _gaveUp;
    private int _rest;

    /// <summary>Takes note of how much waits, 1 being a full head; 0 where nobody should be held back at all.</summary>
    public void Observe(double fill)
    {
        // What comes meanwhile says nothing about the consumers.
        var brought = Math.Max(0, fill - _fill);
        _brought += brought;
        _atLastLook += brought;
        _fill = fill;
        if (fill <= Allowed)
        {
            _rest = 0;
            Free();
        }
        else if (_room is not null && fill <= _target)
        {
            Free();
        }
    }

    /// <summary>Completes at once, when the consumers have taken twice what was brought, or when they turn out to be slow.</summary>
    public Task WaitAsync()
    {
        var brought = _brought;
        _brought = 0;
        if (_fill <= Allowed || pause == TimeSpan.Zero || IsResting())
        {
            return Task.CompletedTask;
        }

        if (_room is not null)
        {
            _target -= brought;
            return _room.Task;
        }

        _target = _fill - (2 * brought);
        _room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = WatchAsync(_room.Task);
        return _room.Task;
    }

    /// <summary>Lets everybody go on.</summary>
    public void End() => Observe(0);

    private async Task WatchAsync(Task room)
    {
        do
        {
            _atLastLook = _fill;
            await Task.WhenAny(room, Task.Delay(_look, time));
            if (room.IsCompleted)
            {
                return;
            }
        }
        while (_atLastLook - _fill >= Taken / Looks);
        _gaveUp = time.GetTimestamp();
        _rest = Math.Clamp(_rest * 2, ShortestRest, LongestRest);
        Free();
    }

    private bool IsResting() => _rest > 0 && time.GetElapsedTime(_gaveUp) < _look * _rest;

    private void Free()
    {
        _room?.TrySetResult();
        _room = null;
    }
}
