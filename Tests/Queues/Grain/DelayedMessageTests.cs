using Microsoft.Extensions.DependencyInjection;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Delays;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Publishing;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Tests.Native;

namespace OrleansBroker.Tests.Queues.Grain;

/// <summary>Delayed messages from the publish to the queue that they end in.</summary>
public sealed class DelayedMessageTests(HeldCluster cluster) : IClassFixture<HeldCluster>
{
    private readonly ExchangeId _exchange = new("/", NativeCluster.Unique("delayed"));
    private readonly QueueId _queue = new("/", NativeCluster.Unique("target"));

    private ITopology Topology => cluster.Silo.GetRequiredService<ITopology>();

    [Fact]
    public async Task A_message_arrives_after_its_delay_and_one_without_a_delay_at_once()
    {
        await DeclareAsync();
        var started = TimeProvider.System.GetTimestamp();
        await PublishAsync("later", 400);
        await PublishAsync("now", null);
        await PublishAsync("soon", 200);
        Assert.Equal(["now", "soon", "later"], await ReceiveAsync(3));
        Assert.True(TimeProvider.System.GetElapsedTime(started) >= TimeSpan.FromMilliseconds(390));
    }

    [Fact]
    public async Task A_copy_says_how_long_it_was_delayed_and_names_the_exchange_it_was_published_to()
    {
        await DeclareAsync();
        await PublishAsync("a", 50);
        var message = Assert.Single(await TakeAsync(1));
        Assert.Equal(-50, BasicPropertiesReader.Headers(message.Properties.Span)!["x-delay"]);
        Assert.Equal((_exchange.Name, "key"), (message.Exchange, message.RoutingKey));
        Assert.True(message.IsPersistent);
    }

    [Fact]
    public async Task A_delayed_message_is_confirmed_when_it_is_stored_and_not_before()
    {
        await DeclareAsync();
        await PublishAsync("first", 60_000);
        cluster.Store.Hold();
        try
        {
            var held = cluster.Store.Waiting;
            var confirmed = PublishAsync("second", 60_000);
            await NativeCluster.Until(() => cluster.Store.Waiting > held, "its commit is under way");
            Assert.False(confirmed.IsCompleted);
            cluster.Store.Release();
            Assert.Empty((await confirmed).Exceptions);
        }
        finally
        {
            cluster.Store.Release();
        }
    }

    [Fact]
    public async Task Pending_messages_survive_a_queue_that_is_taken_over()
    {
        await DeclareAsync();
        await PublishAsync("a", 1_500);
        var definition = await DelayQueueAsync();
        await cluster.Store.AcquireAsync(definition.Incarnation, default);
        await PublishAsync("b", 1_500);
        Assert.Equal(["a", "b"], await ReceiveAsync(2));
    }

    [Fact]
    public async Task A_queue_that_went_to_sleep_wakes_in_time()
    {
        await DeclareAsync();
        await PublishAsync("a", 9_000);
        var due = TimeProvider.System.GetUtcNow().AddSeconds(9);
        var definition = await DelayQueueAsync();
        await NativeCluster.Until(() => cluster.Store.WasReleased(definition.Incarnation), "the queue fell asleep");
        Assert.True(TimeProvider.System.GetUtcNow() < due);
        Assert.Equal(["a"], await ReceiveAsync(1));
    }

    [Fact]
    public async Task Clients_see_nothing_of_where_delayed_messages_are_kept()
    {
        var before = await Topology.CountQueuesAsync("/", default);
        await DeclareAsync();
        Assert.Equal(before + 1, await Topology.CountQueuesAsync("/", default));
        var hidden = await DelayQueueAsync();
        await foreach (var queue in Topology.ListQueuesAsync("/", default))
        {
            Assert.NotEqual(hidden.Id, queue.Id);
        }

        var grain = Grain(hidden.Id);
        var getter = new GetRequest { Id = new ConsumerId(Guid.NewGuid(), 1) };
        foreach (var call in new Func<Task>[]
            {
                () => grain.GetAsync(getter), () => grain.PeekAsync(1), () => grain.PurgeAsync(Guid.NewGuid()), () => grain.DeclareAsync(hidden),
                () => grain.DeleteAsync(new DeleteQueueOptions()), () => grain.GetStatusAsync(Guid.NewGuid()),
            })
        {
            Assert.Equal(ReplyCode.NotFound, (await Assert.ThrowsAsync<BrokerException>(call)).Code);
        }
    }

    [Fact]
    public async Task An_exchange_that_is_deleted_takes_its_pending_messages_along_and_a_new_one_begins_with_none()
    {
        await DeclareAsync();
        await PublishAsync("old", 2_000);
        var old = await DelayQueueAsync();
        await Topology.DeleteExchangeAsync(_exchange, ifUnused: false, default);
        await DeclareAsync();
        var store = cluster.Silo.GetRequiredService<ITopologyStore>();
        await NativeCluster.Until(
            async () => await store.CountAsync($"queue\n/\n{old.Id.Name}", default) + await store.CountAsync("due\n0000000000000000", default) == 0,
            "the sweep removed it");
        await PublishAsync("new", 10);
        Assert.Equal(["new"], await ReceiveAsync(1));
        Assert.NotEqual(old.Id, (await DelayQueueAsync()).Id);
    }

    [Fact]
    public async Task What_no_binding_wants_when_it_is_due_is_dropped()
    {
        await DeclareAsync(bind: false);
        Assert.Empty((await PublishAsync("a", 100)).Exceptions);
        var hidden = await DelayQueueAsync();
        await NativeCluster.Until(async () => (await Grain(hidden.Id).GetStatusAsync(null)).Ready == 0, "it left");
        await Topology.BindAsync(Binding(), null, default);
        await PublishAsync("b", 10);
        Assert.Equal(["b"], await ReceiveAsync(1));
    }

    private async Task DeclareAsync(bool bind = true)
    {
        await Topology.DeclareExchangeAsync(
            new() { Id = _exchange, Type = "x-delayed-message", Durable = true, Arguments = FieldTable.Empty.With("x-delayed-type", "direct") },
            default);
        await Topology.DeclareQueueAsync(new() { Id = _queue, Durable = true }, default);
        if (bind)
        {
            await Topology.BindAsync(Binding(), null, default);
        }
    }

    private BindingDefinition Binding() =>
        new() { Source = _exchange, Destination = new Destination(DestinationKind.Queue, _queue.Name), RoutingKey = "key" };

    private async Task<QueueDefinition> DelayQueueAsync() => DelayQueue.Of(await Topology.GetExchangeAsync(_exchange, default))!;

    private IQueueGrain Grain(QueueId id) => cluster.Silo.GetRequiredService<IGrainFactory>().GetGrain<IQueueGrain>(id.ToGrainKey());

    private async Task<PublishResult> PublishAsync(string body, int? delay)
    {
        var headers = delay is { } ms ? FieldTable.Empty.With("x-delay", ms) : null;
        var message = new BrokerMessage(
            _exchange.Name,
            "key",
            BasicPropertiesWriter.ToArray(new BasicProperties { DeliveryMode = 2, Headers = headers }),
            System.Text.Encoding.UTF8.GetBytes(body));
        var publisher = cluster.Silo.GetRequiredService<IPublisher>();
        return await (await publisher.PublishAsync(new PublishBatch { VirtualHost = "/", Messages = new MessageBatch(message) })).Confirmed;
    }

    private async Task<string[]> ReceiveAsync(int count) =>
        [.. (await TakeAsync(count)).Select(m => System.Text.Encoding.UTF8.GetString(m.Body.Span))];

    private async Task<List<BrokerMessage>> TakeAsync(int count)
    {
        var messages = new List<BrokerMessage>();
        var getter = new ConsumerId(Guid.NewGuid(), 1);
        await NativeCluster.Until(
            async () =>
            {
                while ((await Grain(_queue).GetAsync(new GetRequest { Id = getter, NoAck = true })).Delivery is { } delivery)
                {
                    messages.Add(delivery.Messages.Messages.Span[0]);
                }

                return messages.Count >= count;
            },
            $"{count} messages");
        return messages;
    }
}
