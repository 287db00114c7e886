using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Queues.Core;

namespace OrleansBroker.Grains.Queues.Clocks;

/// <summary>
/// Wakes an open queue when something is due, and notes in the store by when the queue must be woken should this activation be gone.
/// The note may be early, never late: it is written anew only when the next deadline lies before it, or when it came due.
/// </summary>
internal sealed class QueueClock
{
    /// <summary>While the queue is open its own timer keeps the deadlines; the note only has to hold for the time after a crash.</summary>
    public static readonly TimeSpan NoteAhead = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Housekeeping = TimeSpan.FromSeconds(5);

    private readonly QueueDefinition _definition;
    private readonly QueueContext _context;
    private readonly IGrainTimer _timer;
    private long? _noted;
    private bool _noting;
    private long _dueAt = long.MaxValue;

    public QueueClock(QueueDefinition definition, QueueContext context, Func<TimeSpan, IGrainTimer> createTimer)
    {
        _definition = definition;
        _context = context;
        _timer = createTimer(Housekeeping);
    }

    /// <summary>The timer fired: the next is the housekeeping's unless <see cref="Rest"/> says an earlier one.</summary>
    public void Fired() => _dueAt = long.MaxValue;

    /// <summary>The queue has nothing to do until then.</summary>
    public void Rest(long? deadline)
    {
        var now = _context.Now;
        if (deadline is { } due && due < _dueAt && due - now < (long)Housekeeping.TotalMilliseconds)
        {
            _dueAt = due;
            _timer.Change(TimeSpan.FromMilliseconds(Math.Max(1, due - now)), Housekeeping);
        }

        if (deadline is { } next && (_noted is not { } noted || next < noted))
        {
            Note(Math.Max(next, now + (long)NoteAhead.TotalMilliseconds));
        }
    }

    /// <summary>The sweep came by because of the note.</summary>
    public void Woken(long? deadline)
    {
        _noted = null;
        if (deadline is null)
        {
            Note(null);
        }
        else
        {
            Rest(deadline);
        }
    }

    /// <summary>Notes the deadline of a queue that is let go of; of one that may expire also when it was used.</summary>
    public async Task ReleaseAsync(QueueCore core)
    {
        var (deadline, usedAt) = (core.NextDeadline(), core.Settings.Expires is null ? (long?)null : core.UsedAt);
        if (deadline != _noted || usedAt is not null)
        {
            await _context.Rows.SetDeadlineAsync(_definition.Id, _definition.Incarnation, deadline, usedAt);
        }
    }

    /// <summary>The queue is gone.</summary>
    public void Stop() => _timer.Dispose();

    private void Note(long? at)
    {
        if (!_noting)
        {
            _noted = at;
            _ = NoteAsync(at);
        }
    }

    private async Task NoteAsync(long? at)
    {
        _noting = true;
        try
        {
            await _context.Rows.SetDeadlineAsync(_definition.Id, _definition.Incarnation, at);
        }
        catch (Exception exception)
        {
            _noted = null;
            _context.Log.DeadlineFailed(exception, _definition.Id);
        }
        finally
        {
            _noting = false;
        }
    }
}
