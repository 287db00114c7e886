using Microsoft.Extensions.Time.Testing;
using OrleansBroker.Grains.Queues;

namespace OrleansBroker.Tests.Queues.Grain;

public sealed class EnqueuePacingTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(10);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Publishers_go_on_while_they_are_not_ahead()
    {
        var pacing = new EnqueuePacing(_time, Patience);
        Assert.True(pacing.WaitAsync().AsTask().IsCompleted);
        pacing.Observe(isAhead: false);
        Assert.True(pacing.WaitAsync().AsTask().IsCompleted);
    }

    [Fact]
    public async Task Publishers_that_are_ahead_wait_until_the_consumers_have_caught_up()
    {
        var pacing = new EnqueuePacing(_time, Patience);
        pacing.Observe(isAhead: true);
        var one = pacing.WaitAsync().AsTask();
        var other = pacing.WaitAsync().AsTask();
        pacing.Observe(isAhead: true);
        Assert.False(one.IsCompleted);
        Assert.False(other.IsCompleted);
        pacing.Observe(isAhead: false);
        await Task.WhenAll(one, other);
    }

    [Fact]
    public async Task Consumers_that_do_not_catch_up_in_time_cost_their_publishers_that_time_once()
    {
        var pacing = new EnqueuePacing(_time, Patience);
        pacing.Observe(isAhead: true);
        var first = pacing.WaitAsync().AsTask();
        _time.Advance(Patience);
        await first;
        pacing.Observe(isAhead: true);
        Assert.True(pacing.WaitAsync().AsTask().IsCompleted);

        // Once they have caught up it counts anew.
        pacing.Observe(isAhead: false);
        pacing.Observe(isAhead: true);
        Assert.False(pacing.WaitAsync().AsTask().IsCompleted);
        pacing.End();
    }

    [Fact]
    public async Task A_queue_that_ends_lets_everybody_go_on()
    {
        var pacing = new EnqueuePacing(_time, Patience);
        pacing.Observe(isAhead: true);
        var waiting = pacing.WaitAsync().AsTask();
        pacing.End();
        await waiting;
    }

    [Fact]
    public void Without_patience_nobody_is_held_back()
    {
        var pacing = new EnqueuePacing(_time, TimeSpan.Zero);
        pacing.Observe(isAhead: true);
        Assert.True(pacing.WaitAsync().AsTask().IsCompleted);
    }
}
