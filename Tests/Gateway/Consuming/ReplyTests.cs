using System.Text;
using Microsoft.Extensions.DependencyInjection;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Publishing;
using OrleansBroker.Grains.Interfaces.Replies;
using OrleansBroker.Tests.Native;

namespace OrleansBroker.Tests.Gateway.Consuming;

[Collection(OneSilo.Name)]
public sealed class ReplyTests(NativeCluster cluster) : IAsyncLifetime, IAsyncDisposable
{
    private readonly ChannelBench _bench = new(cluster);

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _bench.DisposeAsync().AsTask();

    ValueTask IAsyncDisposable.DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task A_reply_goes_straight_to_the_channel_that_waits_for_it()
    {
        var (channel, output) = _bench.OpenChannel();
        Assert.False(channel.HasReplyConsumer);
        await channel.ConsumeAsync(ReplyAddress.PseudoQueue, "r", BasicConsumeFlags.NoAck);
        Assert.True(channel.HasReplyConsumer);
        var address = channel.ReplyTo!;
        Assert.Matches(@"^amq\.rabbitmq\.reply-to\..{22}$", address);
        Assert.True(await _bench.Replies.IsAliveAsync("/", address));

        for (var i = 0; i < 100; i++)
        {
            Assert.True(await _bench.Replies.TrySendAsync("/", Message(address, $"{i}")));
        }

        await NativeCluster.Until(() => output.Deliveries.Count == 100, "the replies");
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"{i}"), output.Bodies);
        Assert.All(output.Deliveries, d => Assert.Equal(("r", address, false), (d.ConsumerTag, d.RoutingKey, d.Redelivered)));
    }

    [Fact]
    public async Task What_is_published_to_the_default_exchange_under_an_address_goes_there()
    {
        var (channel, output) = _bench.OpenChannel();
        await channel.ConsumeAsync(ReplyAddress.PseudoQueue, "r", BasicConsumeFlags.NoAck);
        var native = await cluster.ConnectAsync();
        await native.PublishAsync("native", exchange: "", routingKey: channel.ReplyTo);
        await NativeCluster.Until(() => output.Deliveries.Count == 1, "the reply");
        Assert.Equal(["native"], output.Bodies);

        Assert.Equal(PublishOutcome.Unroutable, await OutcomeAsync(ReplyAddress.Prefix + "nobody"));
        var address = channel.ReplyTo!;
        await channel.CancelAsync("r");
        Assert.Equal(PublishOutcome.Unroutable, await OutcomeAsync(address));
    }

    [Fact]
    public async Task An_address_ends_with_its_consumer_and_is_its_virtual_hosts_alone()
    {
        var (channel, output) = _bench.OpenChannel();
        await channel.ConsumeAsync(ReplyAddress.PseudoQueue, "r", BasicConsumeFlags.NoAck);
        var address = channel.ReplyTo!;
        Assert.False(await _bench.Replies.TrySendAsync("other", Message(address, "x")));
        await channel.CancelAsync("r");
        Assert.False(channel.HasReplyConsumer);
        Assert.False(await _bench.Replies.IsAliveAsync("/", address));
        Assert.False(await _bench.Replies.TrySendAsync("/", Message(address, "x")));

        await channel.ConsumeAsync(ReplyAddress.PseudoQueue, "r", BasicConsumeFlags.NoAck);
        address = channel.ReplyTo!;
        await channel.DisposeAsync();
        Assert.False(await _bench.Replies.IsAliveAsync("/", address));
        Assert.Empty(output.Deliveries);
    }

    [Fact]
    public async Task A_channel_has_one_consumer_of_replies_and_it_cannot_acknowledge()
    {
        var (channel, _) = _bench.OpenChannel();
        Assert.Equal(
            "PRECONDITION_FAILED - reply consumer cannot acknowledge",
            (await Assert.ThrowsAsync<BrokerException>(() => channel.ConsumeAsync(ReplyAddress.PseudoQueue, "r"))).Message);
        await channel.ConsumeAsync(ReplyAddress.PseudoQueue, "r", BasicConsumeFlags.NoAck);
        Assert.Equal(
            "PRECONDITION_FAILED - reply consumer already set",
            (await Assert.ThrowsAsync<BrokerException>(() => channel.ConsumeAsync(ReplyAddress.PseudoQueue, "s", BasicConsumeFlags.NoAck))).Message);
    }

    private async Task<PublishOutcome> OutcomeAsync(string key)
    {
        var publisher = cluster.Silo.GetRequiredService<IPublisher>();
        var receipt = await publisher.PublishAsync(new PublishBatch { VirtualHost = "/", Messages = new MessageBatch(Message(key, "x")) });
        return (await receipt.Confirmed).Exceptions is [var exception] ? exception.Outcome : PublishOutcome.Enqueued;
    }

    private static BrokerMessage Message(string key, string body) => new("", key, new byte[2], Encoding.UTF8.GetBytes(body));
}
