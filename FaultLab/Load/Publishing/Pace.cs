namespace OrleansBroker.FaultLab.Load.Publishing;

/// <summary>When a publisher publishes: at its rate, now and then as a burst with a pause after it, and never to make up for an outage.</summary>
internal sealed class Pace(double rate, Random random, TimeProvider time)
{
    private const int OneInBurst = 300;
    private const int SmallestBurst = 20;
    private const int LargestBurst = 150;

    private static readonly TimeSpan MostBehind = TimeSpan.FromSeconds(1);

    private readonly TimeSpan _interval = TimeSpan.FromSeconds(1 / rate);
    private readonly long _start = time.GetTimestamp();
    private TimeSpan _due;
    private int _burst;

    /// <summary>Completes when the next message is due.</summary>
    public async ValueTask NextAsync(CancellationToken ends)
    {
        _due += _interval;
        if (_burst > 0)
        {
            _burst--;
            return;
        }

        if (random.Next(OneInBurst) == 0)
        {
            _burst = random.Next(SmallestBurst, LargestBurst);
        }

        var now = time.GetElapsedTime(_start);
        if (_due > now)
        {
            await Task.Delay(_due - now, time, ends);
        }
        else if (now - _due > MostBehind)
        {
            _due = now;
        }
    }
}
