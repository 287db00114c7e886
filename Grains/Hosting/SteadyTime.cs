namespace OrleansBroker.Grains.Hosting;

/// <summary>
/// The wall clock, but for its jumps. Orleans reckons by it when its timers are next due, and how long a silo has been joining by the clock
/// of another one: where it is set back by an hour, a silo would not look at the table of members for an hour, and where it is five
/// minutes ahead, that silo would evict all that join. So this one never goes back: it goes on where it stood, a tenth slower, until the wall
/// clock has caught up, as Erlang's does, and RabbitMQ's with it. And it follows a jump forward when that has lasted for a minute, as
/// one that is put right at once would leave it ahead for hours.
/// </summary>
public sealed class SteadyTime : TimeProvider
{
    /// <summary>How long the wall clock has to be ahead until that is believed.</summary>
    public static readonly TimeSpan Hesitation = TimeSpan.FromMinutes(1);

    /// <summary>A smaller step is let through: timers are early or late by no more than that.</summary>
    private const long Tolerance = TimeSpan.TicksPerSecond;

    /// <summary>How far the clock moves until it is noted again, so that those who only read it do not write.</summary>
    private const long Stride = TimeSpan.TicksPerSecond / 10;

    private const long Slower = 10;

    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();
    private Mark _mark;
    private long? _aheadSince;

    /// <summary>A clock over another one.</summary>
    /// <param name="clock">The clock of the machine; its timestamps and timers are passed on as they are.</param>
    public SteadyTime(TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(clock);
        _clock = clock;
        _mark = new Mark(clock.GetUtcNow().Ticks, clock.GetTimestamp(), Pace.Wall);
    }

    /// <summary>How the clock goes.</summary>
    private enum Pace
    {
        /// <summary>With the wall clock.</summary>
        Wall,

        /// <summary>By itself, for the wall clock has jumped ahead.</summary>
        Alone,

        /// <summary>By itself and slower, for the wall clock has jumped back.</summary>
        Slow,
    }

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => _clock.LocalTimeZone;

    /// <inheritdoc/>
    public override long TimestampFrequency => _clock.TimestampFrequency;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        var wall = _clock.GetUtcNow();
        var mark = Volatile.Read(ref _mark);
        var own = Reckon(mark);
        if (mark.Pace != Pace.Wall || Math.Abs(wall.Ticks - own) > Tolerance)
        {
            return new DateTimeOffset(Steady(), TimeSpan.Zero);
        }

        if (own > mark.Time + Stride)
        {
            Volatile.Write(ref _mark, new Mark(wall.Ticks, _clock.GetTimestamp(), Pace.Wall));
        }

        return wall;
    }

    /// <inheritdoc/>
    public override long GetTimestamp() => _clock.GetTimestamp();

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        _clock.CreateTimer(callback, state, dueTime, period);

    private long Steady()
    {
        lock (_gate)
        {
            var wall = _clock.GetUtcNow().Ticks;
            var mark = _mark;
            var own = Reckon(mark);
            var ahead = wall - own;
            if (ahead > Tolerance)
            {
                _aheadSince ??= _clock.GetTimestamp();
                return _clock.GetElapsedTime(_aheadSince.Value) >= Hesitation ? Go(wall, Pace.Wall) : Keep(mark, own, Pace.Alone);
            }

            _aheadSince = null;
            var hasCaughtUp = mark.Pace == Pace.Slow ? ahead >= 0 : ahead >= -Tolerance;
            return hasCaughtUp ? Go(wall, Pace.Wall) : Keep(mark, own, Pace.Slow);
        }
    }

    private long Keep(Mark mark, long own, Pace pace) => mark.Pace == pace ? own : Go(own, pace);

    private long Go(long time, Pace pace)
    {
        Volatile.Write(ref _mark, new Mark(time, _clock.GetTimestamp(), pace));
        return time;
    }

    /// <summary>What this clock says by what has passed since it was noted.</summary>
    private long Reckon(Mark mark)
    {
        var passed = _clock.GetElapsedTime(mark.At).Ticks;
        return mark.Time + passed - (mark.Pace == Pace.Slow ? passed / Slower : 0);
    }

    /// <param name="Time">What the clock said, in ticks of UTC.</param>
    /// <param name="At">The timestamp at which it did.</param>
    /// <param name="Pace">How it goes on from there.</param>
    private sealed record Mark(long Time, long At, Pace Pace);
}
