namespace OrleansBroker.FaultLab.Clocks;

/// <summary>A wall clock that can be set, as an operator or a time service sets one. Timers and elapsed times go on as they were.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    private long _offset;

    /// <summary>How far the clock is ahead of the machine's.</summary>
    public TimeSpan Offset
    {
        get => TimeSpan.FromTicks(Interlocked.Read(ref _offset));
        set => Interlocked.Exchange(ref _offset, value.Ticks);
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Offset;
}
