using Microsoft.Extensions.DependencyInjection;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Hosting;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Publishing;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Tests.Native;

namespace OrleansBroker.Tests.Queues.Grain;

/// <summary>A silo whose commits can be held back.</summary>
public sealed class HeldCluster : NativeCluster
{
    internal HeldStore Store { get; private set; } = null!;

    protected override IQueueStore Over(IQueueStore store) => Store = new HeldStore(store);

    protected override void Configure(BrokerOptions options) => options.Queues.Idle = TimeSpan.FromSeconds(1);
}

public sealed class QueueGrainTests(HeldCluster cluster) : IClassFixture<HeldCluster>
{
    private static readonly byte[] Persistent = BasicPropertiesWriter.ToArray(new BasicProperties { DeliveryMode = 2 });
    private static readonly byte[] Transient = BasicPropertiesWriter.ToArray(new BasicProperties { DeliveryMode = 1 });

    private readonly QueueId _id = new("/", NativeCluster.Unique("queue"));

    private IQueueGrain Queue => cluster.Silo.GetRequiredService<IGrainFactory>().GetGrain<IQueueGrain>(_id.ToGrainKey());

    private IPublisher Publisher => cluster.Silo.GetRequiredService<IPublisher>();

    [Fact]
    public async Task A_durable_message_is_neither_confirmed_nor_delivered_before_its_commit()
    {
        await DeclareAsync();
        await Queue.GetStatusAsync(null);
        cluster.Store.Hold();
        try
        {
            var enqueue = Queue.EnqueueAsync(new EnqueueBatch { Link = 6, Number = 1, Messages = new MessageBatch(Message("a", Persistent)) });
            await NativeCluster.Until(() => cluster.Store.Waiting > 0, "the commit is under way");

            // An answer that had been given would have arrived before those to calls that came later.
            for (var i = 0; i < 20; i++)
            {
                Assert.Equal(0, (await Queue.GetStatusAsync(null)).Ready);
            }

            Assert.False(enqueue.IsCompleted);
            cluster.Store.Release();
            Assert.Null((await enqueue).Refused);
            Assert.Equal(1, (await Queue.GetStatusAsync(null)).Ready);
        }
        finally
        {
            cluster.Store.Release();
        }
    }

    [Fact]
    public async Task A_deletion_that_a_crash_cuts_short_is_on_record_until_the_messages_are_gone()
    {
        var rows = cluster.Silo.GetRequiredService<ITopologyStore>();
        await DeclareAsync();
        await Queue.EnqueueAsync(new EnqueueBatch { Link = 8, Number = 1, Messages = new MessageBatch(Message("a", Persistent)) });
        cluster.Store.Hold();
        try
        {
            var deletion = Queue.DeleteAsync(new DeleteQueueOptions());
            await NativeCluster.Until(() => cluster.Store.Waiting > 0, "the messages are about to go");
            Assert.Equal(1, await rows.CountAsync("leftover\n", default));
            cluster.Store.Release();
            await deletion;
            Assert.Equal(0, await rows.CountAsync("leftover\n", default));
        }
        finally
        {
            cluster.Store.Release();
        }
    }

    [Fact]
    public async Task A_queue_that_is_declared_while_its_namesake_goes_gets_what_is_published_to_it()
    {
        await DeclareAsync();
        await Queue.GetStatusAsync(null);
        cluster.Store.Hold();
        try
        {
            var deletion = Queue.DeleteAsync(new DeleteQueueOptions());
            await NativeCluster.Until(() => cluster.Store.Waiting > 0, "the deletion is under way");
            await DeclareAsync();
            var enqueue = Queue.EnqueueAsync(new EnqueueBatch { Link = 7, Number = 1, Messages = new MessageBatch(Message("a", Transient)) });

            // A call that does not wait for the deletion: when it is answered the earlier one is at the grain as well.
            await Queue.DetachAsync(new DetachRequest { Id = new ConsumerId(Guid.NewGuid(), 1) });
            cluster.Store.Release();
            await deletion;
            Assert.False((await enqueue).NotFound);
            Assert.Equal(1, (await Queue.GetStatusAsync(null)).Ready);
        }
        finally
        {
            cluster.Store.Release();
        }
    }

    [Fact]
    public async Task A_transient_message_is_confirmed_without_a_commit()
    {
        await DeclareAsync();
        await Queue.GetStatusAsync(null);
        cluster.Store.Hold();
        try
        {
            Assert.Empty((await (await PublishAsync("a", Transient)).Confirmed).Exceptions);
        }
        finally
        {
            cluster.Store.Release();
        }
    }

    [Fact]
    public async Task An_activation_that_was_fenced_stores_nothing_and_what_it_was_sent_arrives_once()
    {
        var status = await DeclareAsync();
        Assert.Empty((await (await PublishAsync("a", Persistent)).Confirmed).Exceptions);

        // Another owner takes the queue over behind the activation's back, as after a split of the directory.
        await cluster.Store.AcquireAsync(status.Definition.Incarnation, default);
        Assert.Empty((await (await PublishAsync("b", Persistent)).Confirmed).Exceptions);
        Assert.Equal(["a", "b"], await DrainAsync());
    }

    [Fact]
    public async Task A_batch_that_comes_again_is_answered_and_not_stored_again()
    {
        await DeclareAsync();
        var batch = new EnqueueBatch { Link = 5, Number = 1, Messages = new MessageBatch(Message("a", Persistent)) };
        Assert.Null((await Queue.EnqueueAsync(batch)).Refused);
        Assert.Null((await Queue.EnqueueAsync(batch)).Refused);
        Assert.Equal(1, (await Queue.GetStatusAsync(null)).Ready);
    }

    [Fact]
    public async Task A_queue_that_is_idle_deactivates_and_keeps_what_was_transient()
    {
        var status = await DeclareAsync();
        Assert.Empty((await (await PublishAsync("a", Transient)).Confirmed).Exceptions);
        await NativeCluster.Until(() => cluster.Store.WasReleased(status.Definition.Incarnation), "the activation let go of the queue");
        Assert.Equal(["a"], await DrainAsync());
    }

    [Fact]
    public async Task A_queue_that_does_not_exist_is_not_created_by_a_publish()
    {
        var result = await (await PublishAsync("a", Persistent)).Confirmed;
        Assert.Equal([new PublishException(0, PublishOutcome.Unroutable)], result.Exceptions);
        var refusal = await Assert.ThrowsAsync<BrokerException>(() => Queue.GetStatusAsync(null));
        Assert.Equal($"NOT_FOUND - no queue '{_id.Name}' in vhost '/'", refusal.Message);
    }

    [Fact]
    public async Task A_queue_that_is_declared_again_after_its_deletion_is_empty()
    {
        var first = await DeclareAsync();
        await (await PublishAsync("a", Persistent)).Confirmed;
        Assert.Equal(1, await Queue.DeleteAsync(new DeleteQueueOptions()));
        var second = await DeclareAsync();
        Assert.True(second.Definition.Incarnation > first.Definition.Incarnation);
        Assert.Equal(0, (await Queue.GetStatusAsync(null)).Ready);
        Assert.Empty((await (await PublishAsync("b", Persistent)).Confirmed).Exceptions);
        Assert.Equal(["b"], await DrainAsync());
    }

    [Fact]
    public async Task A_queue_that_nobody_uses_deletes_itself_also_when_it_is_not_active()
    {
        await DeclareAsync(FieldTable.Empty.With("x-expires", 3_000));
        await NativeCluster.Until(
            async () => await cluster.Silo.GetRequiredService<ITopologyStore>().CountAsync($"queue\n/\n{_id.Name}", default) == 0
                && await Record.ExceptionAsync(() => cluster.Silo.GetRequiredService<ITopology>().GetQueueAsync(_id, null, default)) is BrokerException,
            "the queue is gone");
    }

    [Fact]
    public async Task What_a_queue_sleeps_counts_towards_its_expiry()
    {
        // Longer than it would stay awake for, so that it has to be woken.
        await DeclareAsync(FieldTable.Empty.With("x-expires", 6_000));
        await Queue.AsReference<Orleans.Core.Internal.IGrainManagementExtension>().DeactivateOnIdle();
        await NativeCluster.Until(
            async () => await cluster.Silo.GetRequiredService<ITopologyStore>().CountAsync($"queue\n/\n{_id.Name}", default) == 0, "the queue is gone");
    }

    private Task<QueueStatus> DeclareAsync(FieldTable? arguments = null) =>
        cluster.Silo.GetRequiredService<ITopology>().DeclareQueueAsync(
            new QueueDefinition { Id = _id, Durable = true, Arguments = arguments ?? FieldTable.Empty }, CancellationToken.None);

    private BrokerMessage Message(string body, byte[] properties) => new("", _id.Name, properties, System.Text.Encoding.UTF8.GetBytes(body));

    private async Task<PublishReceipt> PublishAsync(string body, byte[] properties) =>
        await Publisher.PublishAsync(new PublishBatch { VirtualHost = "/", Messages = new MessageBatch(Message(body, properties)) });

    private async Task<List<string>> DrainAsync()
    {
        var bodies = new List<string>();
        var getter = new ConsumerId(Guid.NewGuid(), 1);
        while ((await Queue.GetAsync(new GetRequest { Id = getter, NoAck = true })).Delivery is { } delivery)
        {
            bodies.Add(System.Text.Encoding.UTF8.GetString(delivery.Messages.Messages.Span[0].Body.Span));
        }

        return bodies;
    }
}
