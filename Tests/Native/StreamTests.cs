using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Streams;
using OrleansBroker.ClientLib;
using OrleansBroker.ClientLib.Publishing;

namespace OrleansBroker.Tests.Native;

[Collection(OneSilo.Name)]
public sealed class StreamTests(NativeCluster cluster)
{
    private IStreamProvider Provider => cluster.Cluster.Client.GetStreamProvider("broker");

    [Fact]
    public async Task Writing_to_an_exchange_publishes_under_the_keys_routing_key()
    {
        var (connection, queue) = await WithQueueAsync("written");
        var exchange = NativeCluster.Unique("x");
        await connection.CreateExchangeAsync(exchange, ExchangeType.Topic);
        await connection.BindAsync(queue, exchange, "eu.#");

        await Provider.GetStream<string>(StreamId.Create("exchange", $"{exchange}/eu.new")).OnNextAsync("one");
        await Provider.GetStream<string>(StreamId.Create("exchange", $"{exchange}/us.new")).OnNextAsync("missed");
        await Provider.GetStream<PublishMessage>(StreamId.Create("exchange", exchange)).OnNextBatchAsync(
            [new PublishMessage { Body = "two"u8.ToArray(), RoutingKey = "eu.x" }, new PublishMessage { Body = "no"u8.ToArray() }]);

        Assert.Equal(2, (await connection.GetQueueAsync(queue)).Messages);
        Assert.Equal("one", (await connection.GetAsync(queue, autoAck: true))!.Text);
        Assert.Equal("two", (await connection.GetAsync(queue, autoAck: true))!.Text);
    }

    [Fact]
    public async Task Observing_a_queue_acks_what_completes_and_rejects_what_throws()
    {
        var (connection, dead) = await WithQueueAsync("dead");
        var queue = NativeCluster.Unique("observed");
        await connection.CreateQueueAsync(
            queue, options: new() { DeliveryLimit = 1, DeadLetterExchange = "", DeadLetterRoutingKey = dead });
        var seen = new ConcurrentQueue<int>();
        var handle = await Provider.GetStream<int>(StreamId.Create("queue", queue)).SubscribeAsync((item, _) =>
        {
            seen.Enqueue(item);
            return item == 2 ? throw new InvalidOperationException("two is bad") : Task.CompletedTask;
        });

        await connection.PublishBatchAsync([1, 2, 3], queue: queue);

        await NativeCluster.Until(async () => (await connection.GetQueueAsync(dead)).Messages == 1, "the dead letter");
        await NativeCluster.Until(async () => (await connection.GetQueueAsync(queue)) is { Messages: 0, Unacked: 0 }, "the acks");
        Assert.Equal([1, 2, 2, 3], seen.Order());
        await handle.UnsubscribeAsync();
        Assert.Equal(0, (await connection.GetQueueAsync(queue)).Consumers);
    }

    [Fact]
    public async Task A_batch_observer_gets_batches_and_acks_them_whole()
    {
        var (connection, queue) = await WithQueueAsync("batches");
        await connection.PublishBatchAsync(Enumerable.Range(0, 500), queue: queue);
        var observer = new Batches();

        var handle = await Provider.GetStream<Delivery>(StreamId.Create("queue", queue)).SubscribeAsync(observer);

        await NativeCluster.Until(() => observer.Seen.Count == 500, "all of them");
        Assert.Equal(Enumerable.Range(0, 500), observer.Seen);
        Assert.True(observer.Largest > 1, "nothing came in a batch");
        await NativeCluster.Until(async () => (await connection.GetQueueAsync(queue)).Unacked == 0, "the acks");
        await handle.UnsubscribeAsync();
    }

    [Fact]
    public async Task A_clients_handles_can_be_found_and_resumed_with_another_observer()
    {
        var (connection, queue) = await WithQueueAsync("resumed");
        var stream = Provider.GetStream<string>(StreamId.Create("queue", queue));
        var second = new ConcurrentQueue<string>();
        await stream.SubscribeAsync((_, _) => Task.CompletedTask);

        var handle = Assert.Single(await stream.GetAllSubscriptionHandles());
        await handle.ResumeAsync((item, _) =>
        {
            second.Enqueue(item);
            return Task.CompletedTask;
        });
        await connection.PublishAsync("x", queue: queue);

        await NativeCluster.Until(() => second.Contains("x"), "the second observer");
        await handle.UnsubscribeAsync();
        Assert.Empty(await stream.GetAllSubscriptionHandles());
    }

    [Fact]
    public async Task An_exchange_cannot_be_observed_and_a_queue_not_be_rewound()
    {
        await Assert.ThrowsAsync<NotSupportedException>(
            () => Provider.GetStream<string>(StreamId.Create("exchange", "amq.topic")).SubscribeAsync((_, _) => Task.CompletedTask));
        await Assert.ThrowsAsync<NotSupportedException>(
            () => Provider.GetStream<string>(StreamId.Create("queue", "default"))
                .SubscribeAsync((_, _) => Task.CompletedTask, new Orleans.Providers.Streams.Common.EventSequenceTokenV2(1)));
        Assert.Throws<ArgumentException>(() => Provider.GetStream<string>(StreamId.Create("elsewhere", "x")));
    }

    [Fact]
    public async Task A_grains_subscription_outlives_its_activation_and_a_delivery_activates_it()
    {
        var (connection, queue) = await WithQueueAsync("grain");
        var grain = cluster.Cluster.Client.GetGrain<ISubscriberGrain>(queue);
        await grain.SubscribeAsync(queue);
        await connection.PublishBatchAsync(Enumerable.Range(0, 300).Select(i => $"{i}"), queue: queue);
        await NativeCluster.Until(async () => (await grain.GetSeenAsync()).Length == 300, "all of them");
        Assert.Equal(Enumerable.Range(0, 300).Select(i => $"{i}"), await grain.GetSeenAsync());
        Assert.Equal(1, await grain.CountHandlesAsync(queue));

        await grain.DeactivateAsync();
        await connection.PublishAsync("after", queue: queue);

        await NativeCluster.Until(async () => await SettledAsync(connection, queue), "the ack");
        Assert.Equal(["after"], await grain.GetSeenAsync());

        await grain.UnsubscribeAsync(queue);
        await connection.PublishAsync("stays", queue: queue);
        Assert.Equal(0, await grain.CountHandlesAsync(queue));
        Assert.Equal(1, (await connection.GetQueueAsync(queue)).Messages);
    }

    [Fact]
    public async Task What_a_grain_fails_on_comes_again()
    {
        var (connection, queue) = await WithQueueAsync("failing");
        var grain = cluster.Cluster.Client.GetGrain<ISubscriberGrain>(queue);
        await grain.SubscribeAsync(queue);
        await grain.FailNextAsync(2);

        await grain.PublishAsync(queue, "x");

        await NativeCluster.Until(async () => await SettledAsync(connection, queue), "the ack");
        Assert.Equal(["x"], await grain.GetSeenAsync());
    }

    [Fact]
    public async Task A_grain_that_is_asked_attaches_its_batch_observer_when_a_delivery_activates_it()
    {
        var (connection, queue) = await WithQueueAsync("asked");
        var grain = cluster.Cluster.Client.GetGrain<IAskedGrain>(queue);
        await grain.SubscribeAsync(queue);
        await grain.DeactivateAsync();

        await connection.PublishBatchAsync(["1", "2", "3"], queue: queue);

        await NativeCluster.Until(async () => await SettledAsync(connection, queue), "the acks");
        Assert.Equal(3, await grain.CountSeenAsync());
    }

    [Fact]
    public async Task What_a_grain_does_not_resume_stays_for_others()
    {
        var (connection, queue) = await WithQueueAsync("forgotten");
        var grain = cluster.Cluster.Client.GetGrain<IForgetfulGrain>(queue);
        await grain.SubscribeAsync(queue);
        await grain.DeactivateAsync();
        await connection.PublishAsync("kept", queue: queue);
        var got = new TaskCompletionSource<Delivery>();

        await using var other = await connection.SubscribeAsync(d => { got.TrySetResult(d); }, queue);

        Assert.Equal("kept", (await got.Task.WaitAsync(TimeSpan.FromSeconds(30))).Text);
    }

    [Fact]
    public async Task A_stream_of_another_provider_gets_what_an_exchange_routes_to_it()
    {
        var connection = await cluster.ConnectAsync();
        var exchange = NativeCluster.Unique("out");
        var stream = StreamId.Create("events", exchange);
        var grain = cluster.Cluster.Client.GetGrain<IMemoryStreamGrain>(exchange);
        await grain.ListenAsync();
        await connection.CreateExchangeAsync(exchange, ExchangeType.Topic);
        await connection.BindStreamAsync("memory", stream, exchange, "a.*");

        await connection.PublishAsync("1", exchange: exchange, routingKey: "a.b");
        await connection.PublishAsync("2", exchange: exchange, routingKey: "b.b");
        await connection.PublishAsync("3", exchange: exchange, routingKey: "a.c");

        await NativeCluster.Until(async () => (await grain.GetSeenAsync()).Length == 2, "both");
        Assert.Equal(["a.b:1", "a.c:3"], await grain.GetSeenAsync());

        await connection.UnbindStreamAsync("memory", stream, exchange, "a.*");
        await Assert.ThrowsAsync<UnroutableException>(
            () => connection.PublishAsync("4", exchange: exchange, routingKey: "a.b", mandatory: true));
    }

    [Fact]
    public async Task Code_inside_a_silo_writes_and_observes_too()
    {
        var provider = cluster.Silo.GetRequiredKeyedService<IStreamProvider>("broker");
        var (_, queue) = await WithQueueAsync("hosted");
        var got = new TaskCompletionSource<string>();
        var stream = provider.GetStream<string>(StreamId.Create("queue", queue));

        var handle = await stream.SubscribeAsync((item, _) =>
        {
            got.TrySetResult(item);
            return Task.CompletedTask;
        });
        await stream.OnNextAsync("hosted");

        Assert.Equal("hosted", await got.Task.WaitAsync(TimeSpan.FromSeconds(10)));
        await handle.UnsubscribeAsync();
    }

    private static async Task<bool> SettledAsync(IBrokerConnection connection, string queue) =>
        await connection.GetQueueAsync(queue) is { Messages: 0, Unacked: 0 };

    private async Task<(Connection Connection, string Queue)> WithQueueAsync(string prefix)
    {
        var connection = await cluster.ConnectAsync();
        var queue = NativeCluster.Unique(prefix);
        await connection.CreateQueueAsync(queue);
        return (connection, queue);
    }

    private sealed class Batches : IAsyncBatchObserver<Delivery>
    {
        public ConcurrentQueue<int> Seen { get; } = [];

        public int Largest { get; private set; }

        public Task OnNextAsync(IList<SequentialItem<Delivery>> items)
        {
            Largest = Math.Max(Largest, items.Count);
            foreach (var item in items)
            {
                Seen.Enqueue(item.Item.As<int>());
            }

            return Task.CompletedTask;
        }

        public Task OnErrorAsync(Exception ex) => Task.CompletedTask;
    }
}
