using OrleansBroker.Tests.Native;

namespace OrleansBroker.Tests.Gateway.Consuming;

/// <summary>The limit that a channel's consumers share (basic.qos global) holds back no message that somebody else could take.</summary>
[Collection(OneSilo.Name)]
public sealed class SharedLimitTests(NativeCluster cluster) : IAsyncLifetime, IAsyncDisposable
{
    private readonly ChannelBench _bench = new(cluster);

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _bench.DisposeAsync().AsTask();

    ValueTask IAsyncDisposable.DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task What_the_limit_holds_back_returns_as_it_was_and_goes_to_whoever_can_take_it()
    {
        var (busy, _) = _bench.OpenChannel();
        var (one, other) = (await _bench.QueueAsync(), await _bench.QueueAsync());
        busy.Prefetch(1, global: true);
        await busy.ConsumeAsync(one, "one");
        await busy.ConsumeAsync(other, "other");
        await _bench.PublishAsync(one, "work");
        await _bench.UntilAsync(one, 0, 1);
        await _bench.PublishAsync(other, "a", "b", "c");
        await _bench.UntilAsync(other, 3, 0);

        var (idle, output) = _bench.OpenChannel();
        await idle.ConsumeAsync(other, "idle");
        await NativeCluster.Until(() => output.Deliveries.Count == 3, "what the busy one cannot take");
        Assert.Equal(["a", "b", "c"], output.Bodies);
        Assert.DoesNotContain(output.Deliveries, delivery => delivery.Redelivered);
    }

    [Fact]
    public async Task When_there_is_room_again_all_comes_in_its_order()
    {
        var (channel, output) = _bench.OpenChannel();
        var (one, other) = (await _bench.QueueAsync(), await _bench.QueueAsync());
        channel.Prefetch(2, global: true);
        await channel.ConsumeAsync(one, "one");
        await channel.ConsumeAsync(other, "other");
        for (ulong tag = 1; tag < 40; tag += 8)
        {
            await _bench.PublishAsync(one, "work", "work");
            await NativeCluster.Until(() => output.Deliveries.Count == (int)tag + 1, "as many as the limit allows");
            await _bench.PublishAsync(other, $"{tag}a", $"{tag}b", $"{tag}c", $"{tag}d", $"{tag}e", $"{tag}f");
            await _bench.UntilAsync(other, 6, 0);
            for (var settled = tag; settled < tag + 8; settled++)
            {
                await NativeCluster.Until(() => output.Deliveries.Count > (int)settled - 1, "the next");
                channel.Ack(settled, multiple: false);
            }

            await _bench.UntilAsync(other, 0, 0);
        }

        string[] expected = [.. Enumerable.Range(0, 5).SelectMany(i => "abcdef".Select(letter => $"{(i * 8) + 1}{letter}"))];
        Assert.Equal(expected, output.Deliveries.Where(delivery => delivery.ConsumerTag == "other").Select(delivery => delivery.Body));
    }

    [Fact]
    public async Task A_limit_set_for_consumers_that_are_there_leaves_in_the_queue_what_it_does_not_allow()
    {
        var (channel, output) = _bench.OpenChannel();
        var queue = await _bench.QueueAsync();
        await channel.ConsumeAsync(queue, "c");
        await _bench.PublishAsync(queue, 0, 2);
        await NativeCluster.Until(() => output.Deliveries.Count == 2, "what comes before the limit");
        channel.Prefetch(3, global: true);
        await _bench.PublishAsync(queue, 2, 10);
        await _bench.UntilAsync(queue, 9, 3);
        channel.Ack(3, multiple: true);
        await _bench.UntilAsync(queue, 6, 3);
        channel.Ack(6, multiple: true);
        channel.Prefetch(0, global: true);
        await NativeCluster.Until(() => output.Deliveries.Count == 12, "the rest");
        Assert.Equal(Enumerable.Range(0, 12).Select(i => $"{i}"), output.Bodies);
    }
}
