using Microsoft.Extensions.Time.Testing;
using OrleansBroker.Grains.Queues.Clocks;

namespace OrleansBroker.Tests.Queues.Grain;

public sealed class EnqueuePacingTests
{
    // Half of the head in the pause is a quarter of it at each of two looks.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Look = Pause / 2;

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Publishers_go_on_while_little_waits()
    {
        var pacing = new EnqueuePacing(_time, Pause);
        Assert.True(pacing.WaitAsync().IsCompleted);
        pacing.Observe(0.12);
        Assert.True(pacing.WaitAsync().IsCompleted);
    }

    [Fact]
    public Task Publishers_wait_until_fast_consumers_have_taken_twice_what_they_brought() => InlineAsync(() =>
    {
        var pacing = Slow();
        pacing.Observe(0.9);
        Assert.True(pacing.WaitAsync().IsCompleted);
        _time.Advance(Look * 10);
        pacing.Observe(1);
        var held = pacing.WaitAsync();
        pacing.Observe(0.81);
        Assert.False(held.IsCompleted);
        pacing.Observe(0.8);
        Assert.True(held.IsCompleted);
    });

    [Fact]
    public Task Publishers_go_on_as_soon_as_little_waits() => InlineAsync(() =>
    {
        var pacing = new EnqueuePacing(_time, Pause);
        pacing.Observe(0.3);
        var one = pacing.WaitAsync();
        var other = pacing.WaitAsync();
        Assert.False(one.IsCompleted);
        pacing.Observe(0.12);
        Assert.True(one.IsCompleted && other.IsCompleted);
    });

    [Fact]
    public Task Slow_consumers_cost_their_publishers_one_look_and_then_ever_more_seldom() => InlineAsync(() =>
    {
        var pacing = new EnqueuePacing(_time, Pause);
        foreach (var looks in new[] { 10, 20, 40 })
        {
            pacing.Observe(2);
            var held = pacing.WaitAsync();
            pacing.Observe(1.8);
            Assert.False(held.IsCompleted);
            _time.Advance(Look);
            Assert.True(held.IsCompleted);
            _time.Advance((Look * looks) - TimeSpan.FromMilliseconds(1));
            Assert.True(pacing.WaitAsync().IsCompleted);
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }
    });

    [Fact]
    public Task Consumers_that_have_caught_up_are_not_known_as_slow_any_more() => InlineAsync(() =>
    {
        var pacing = Slow();
        Assert.True(pacing.WaitAsync().IsCompleted);
        pacing.Observe(0.1);
        pacing.Observe(0.6);
        Assert.False(pacing.WaitAsync().IsCompleted);
    });

    [Fact]
    public Task What_other_publishers_bring_meanwhile_is_not_held_against_the_consumers() => InlineAsync(() =>
    {
        var pacing = new EnqueuePacing(_time, Pause);
        pacing.Observe(0.9);
        var held = pacing.WaitAsync();
        pacing.Observe(0.6);
        pacing.Observe(1);
        _time.Advance(Look);
        Assert.False(held.IsCompleted);
        _time.Advance(Look);
        Assert.True(held.IsCompleted);
    });

    [Fact]
    public Task A_queue_that_ends_lets_everybody_go_on() => InlineAsync(() =>
    {
        var pacing = new EnqueuePacing(_time, Pause);
        pacing.Observe(1);
        var held = pacing.WaitAsync();
        Assert.False(held.IsCompleted);
        pacing.End();
        Assert.True(held.IsCompleted);
    });

    [Fact]
    public void Without_a_pause_nobody_is_held_back()
    {
        var pacing = new EnqueuePacing(_time, TimeSpan.Zero);
        pacing.Observe(1);
        Assert.True(pacing.WaitAsync().IsCompleted);
    }

    /// <summary>Without the test's own context, whatever the passing of time causes has happened when it has passed.</summary>
    private static Task InlineAsync(Action test) => Task.Run(test);

    /// <summary>One whose consumers were found to be slow just now.</summary>
    private EnqueuePacing Slow()
    {
        var pacing = new EnqueuePacing(_time, Pause);
        pacing.Observe(2);
        var held = pacing.WaitAsync();
        _time.Advance(Look);
        Assert.True(held.IsCompleted);
        return pacing;
    }
}
