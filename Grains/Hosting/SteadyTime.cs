namespace OrleansBroker.Grains.Hosting;

/// <summary>
/// The wall clock, but for its jumps back. Orleans reckons by it when its timers are next due: where it is set back by an hour, a silo would
/// not look at the table of members for an hour, and know of no silo that came or died. So this one goes on where it stood, a tenth slower,
/// until the wall clock has caught up; jumps forward it follows. Erlang's clock, and RabbitMQ's with it, does the same.
/// </summary>
public sealed class SteadyTime : TimeProvider
{
    /// <summary>A step back of less is let through: timers are late by no more than that.</summary>
    private const long Tolerance = TimeSpan.TicksPerSecond;

    /// <summary>How far the clock moves until it is noted again, so that those who only read it do not write.</summary>
    private const long Stride = TimeSpan.TicksPerSecond / 10;

    private const long Slower = 10;

    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();
    private long _highest;
    private long _heldSince;
    private long _heldAt;
    private bool _holds;

    /// <summary>A clock over another one.</summary>
    /// <param name="clock">The clock of the machine; its timestamps and timers are passed on as they are.</param>
    public SteadyTime(TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(clock);
        _clock = clock;
        _highest = clock.GetUtcNow().Ticks;
    }

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => _clock.LocalTimeZone;

    /// <inheritdoc/>
    public override long TimestampFrequency => _clock.TimestampFrequency;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        var now = _clock.GetUtcNow();
        var highest = Volatile.Read(ref _highest);
        if (now.Ticks >= highest - Tolerance && !Volatile.Read(ref _holds))
        {
            if (now.Ticks > highest + Stride)
            {
                Volatile.Write(ref _highest, now.Ticks);
            }

            return now;
        }

        return Hold(now.Ticks);
    }

    /// <inheritdoc/>
    public override long GetTimestamp() => _clock.GetTimestamp();

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        _clock.CreateTimer(callback, state, dueTime, period);

    private DateTimeOffset Hold(long now)
    {
        lock (_gate)
        {
            if (!_holds)
            {
                (_heldAt, _heldSince) = (_highest, _clock.GetTimestamp());
                Volatile.Write(ref _holds, true);
            }

            var passed = _clock.GetElapsedTime(_heldSince).Ticks;
            var held = _heldAt + passed - (passed / Slower);
            if (now >= held)
            {
                Volatile.Write(ref _highest, now);
                Volatile.Write(ref _holds, false);
                return new DateTimeOffset(now, TimeSpan.Zero);
            }

            return new DateTimeOffset(held, TimeSpan.Zero);
        }
    }
}
