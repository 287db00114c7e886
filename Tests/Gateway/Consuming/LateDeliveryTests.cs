using OrleansBroker.Amqp.Methods;
using OrleansBroker.ClientLib.Consuming;
using OrleansBroker.Tests.Native;

namespace OrleansBroker.Tests.Gateway.Consuming;

[Collection(OneSilo.Name)]
public sealed class LateDeliveryTests(NativeCluster cluster) : IAsyncLifetime, IAsyncDisposable
{
    private readonly StandingTime _time = new();
    private ChannelBench _bench = null!;

    public Task InitializeAsync()
    {
        _bench = new ChannelBench(cluster, time: _time);
        return Task.CompletedTask;
    }

    public Task DisposeAsync() => _bench.DisposeAsync().AsTask();

    ValueTask IAsyncDisposable.DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task A_delivery_that_its_queue_may_have_given_up_is_shown_to_nobody_and_comes_again_with_the_mark()
    {
        var (channel, output) = _bench.OpenChannel();
        var queue = await _bench.QueueAsync();
        await channel.ConsumeAsync(queue, "c");
        await _bench.PublishAsync(queue, "in time");
        await NativeCluster.Until(() => output.Deliveries.Count == 1, "the first");

        // The queue has heard nothing of the connection since it attached: for it, what it sends now may have been sent then.
        _time.Pass(SignsOfLife.Patience);
        await _bench.PublishAsync(queue, "late");

        await NativeCluster.Until(() => output.Deliveries.Any(d => d.Body == "late"), "the second");
        Assert.True(Assert.Single(output.Deliveries, d => d.Body == "late").Redelivered);
    }

    [Fact]
    public async Task What_is_acknowledged_by_being_sent_is_taken_however_late()
    {
        var (channel, output) = _bench.OpenChannel();
        var queue = await _bench.QueueAsync();
        await channel.ConsumeAsync(queue, "c", BasicConsumeFlags.NoAck);
        _time.Pass(SignsOfLife.Patience);
        await _bench.PublishAsync(queue, "late");

        await NativeCluster.Until(() => output.Deliveries.Count == 1, "it");
        Assert.False(output.Deliveries[0].Redelivered);
    }

    /// <summary>A clock that goes on when it is told, and whose periodic timers do not fire: nothing is renewed.</summary>
    private sealed class StandingTime : TimeProvider
    {
        private long _passed = 1;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Pass(TimeSpan time) => Interlocked.Add(ref _passed, time.Ticks);

        public override long GetTimestamp() => Interlocked.Read(ref _passed);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, period > TimeSpan.Zero ? Timeout.InfiniteTimeSpan : dueTime, Timeout.InfiniteTimeSpan);
    }
}
