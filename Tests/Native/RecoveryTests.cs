using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using OrleansBroker.ClientLib;
using OrleansBroker.Grains.Hosting;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Sessions;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Tests.Native;

public sealed class ThreeSilos : NativeCluster
{
    protected override int Silos => 3;

    protected override void Configure(BrokerOptions options) => options.Sessions.Lease = TimeSpan.FromSeconds(3);
}

/// <summary>What clients go through while queues move and silos go. Each test makes the cluster whole again.</summary>
public sealed class RecoveryTests(ThreeSilos cluster) : IClassFixture<ThreeSilos>
{
    [Fact]
    public async Task Consumers_attach_again_when_their_queue_was_deactivated()
    {
        var connection = await cluster.ConnectAsync();
        var queue = NativeCluster.Unique("moved");
        await connection.CreateQueueAsync(queue);
        var seen = new ConcurrentQueue<string>();
        await using var subscription = await connection.SubscribeAsync(d => { seen.Enqueue(d.Text); }, queue);
        await connection.PublishAsync("before", queue: queue);
        await NativeCluster.Until(() => seen.Contains("before"), "the first");

        for (var i = 0; i < 3; i++)
        {
            await DeactivateAsync(queue);
            await connection.PublishAsync($"after {i}", queue: queue);
            await NativeCluster.Until(() => seen.Contains($"after {i}"), "the next");
        }

        await NativeCluster.Until(
            async () => await connection.GetQueueAsync(queue) is { Messages: 0, Unacked: 0, Consumers: 1 }, "everything acked");
        Assert.Equal(["before", "after 0", "after 1", "after 2"], seen.Distinct());
    }

    [Fact]
    public async Task What_was_unsettled_when_the_queue_moved_comes_again_and_late_acks_do_nothing()
    {
        var connection = await cluster.ConnectAsync();
        var queue = NativeCluster.Unique("late");
        await connection.CreateQueueAsync(queue);
        await connection.PublishAsync("x", queue: queue);
        await using var reader = connection.ReadAllAsync(queue).GetAsyncEnumerator();
        Assert.True(await reader.MoveNextAsync());
        var first = reader.Current;

        await DeactivateAsync(queue);
        Assert.True(await reader.MoveNextAsync());
        var second = reader.Current;
        await first.AckAsync();

        Assert.Equal(("x", true), (second.Text, second.Redelivered));
        Assert.Equal(1, (await connection.GetQueueAsync(queue)).Unacked);
        await second.AckAsync();
        await NativeCluster.Until(async () => (await connection.GetQueueAsync(queue)).Unacked == 0, "the ack");
    }

    [Fact]
    public async Task Publishers_and_consumers_go_on_when_silos_are_killed()
    {
        var queue = NativeCluster.Unique("killed");
        var publisher = await cluster.ConnectAsync();
        var consumer = await cluster.ConnectAsync();
        await publisher.CreateQueueAsync(queue);
        var seen = new ConcurrentDictionary<int, int>();
        await using var subscription = await consumer.SubscribeAsync(d => { seen.AddOrUpdate(d.As<int>(), 1, (_, n) => n + 1); }, queue);
        using var stopping = new CancellationTokenSource();
        var confirmed = new ConcurrentQueue<int>();
        var publishing = Task.Run(async () =>
        {
            for (var i = 0; !stopping.IsCancellationRequested; i++)
            {
                try
                {
                    await publisher.PublishAsync(i, queue: queue);
                    confirmed.Enqueue(i);
                }
                catch (PublishUnknownException)
                {
                    // Rightly not promised.
                }
            }
        });
        await NativeCluster.Until(() => seen.Count > 50, "a start");

        // Not the primary: it holds the store.
        await cluster.Cluster.KillSiloAsync(cluster.Cluster.Silos[2]);
        var before = confirmed.Count;
        await NativeCluster.Until(() => confirmed.Count > before + 200, "publishing after the kill");
        await stopping.CancelAsync();
        await publishing;

        await NativeCluster.Until(() => confirmed.All(seen.ContainsKey), "every confirmed message");
        await cluster.Cluster.StartAdditionalSiloAsync();
    }

    [Fact]
    public async Task A_session_whose_client_is_silent_closes_and_cleans_up()
    {
        var connection = await cluster.ConnectAsync();
        var queue = NativeCluster.Unique("silent");
        await connection.CreateQueueAsync(queue);
        await connection.PublishAsync("x", queue: queue);
        var session = cluster.Cluster.Client.GetGrain<ISessionGrain>(Guid.NewGuid());
        await session.OpenAsync(new SessionRequest { User = "guest", Password = "guest", VirtualHost = "/" });
        var exclusive = (await session.DeclareQueueAsync(
            new QueueDefinition { Id = new QueueId("/", NativeCluster.Unique("mine")) }, exclusive: true)).Definition.Id.Name;
        var got = await session.GetAsync(queue, new GetRequest { Id = new ConsumerId(Guid.Empty, 1) });
        Assert.NotNull(got.Delivery);
        Assert.Equal(ReplyCode.ResourceLocked, (await Assert.ThrowsAsync<BrokerException>(() => connection.GetQueueAsync(exclusive))).Code);

        // Nobody keeps it alive: its lease lapses, and its unsettled message returns.
        await NativeCluster.Until(async () => (await connection.GetQueueAsync(queue)).Messages == 1, "the message");

        await NativeCluster.Until(
            async () => await Record.ExceptionAsync(() => connection.GetQueueAsync(exclusive)) is BrokerException { Code: ReplyCode.NotFound },
            "the end of the exclusive queue");
        await Assert.ThrowsAsync<SessionLostException>(() => session.KeepAliveAsync());
    }

    [Fact]
    public async Task A_connection_that_closes_takes_its_exclusive_queues_and_consumers_along()
    {
        var connection = await cluster.ConnectAsync();
        var shared = NativeCluster.Unique("shared");
        await connection.CreateQueueAsync(shared);
        var leaving = await cluster.ConnectAsync();
        var exclusive = (await leaving.CreateQueueAsync("", options: new() { Exclusive = true })).Name;
        await leaving.SubscribeAsync(_ => { }, shared);
        Assert.StartsWith("amq.gen-", exclusive, StringComparison.Ordinal);

        await leaving.DisposeAsync();

        Assert.Equal(0, (await connection.GetQueueAsync(shared)).Consumers);
        await Assert.ThrowsAsync<BrokerException>(() => connection.GetQueueAsync(exclusive));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => leaving.GetAsync(shared));
    }

    [Fact]
    public async Task A_lost_session_is_opened_again_without_the_application_noticing()
    {
        var connection = await cluster.ConnectAsync();
        var queue = NativeCluster.Unique("reopened");
        await connection.CreateQueueAsync(queue);
        var seen = new ConcurrentQueue<string>();
        await using var subscription = await connection.SubscribeAsync(d => { seen.Enqueue(d.Text); }, queue);

        await cluster.Cluster.Silos[0].ServiceProvider.GetRequiredService<IGrainFactory>()
            .GetGrain<ISessionGrain>(connection.Id).CloseAsync();
        await connection.PublishAsync("after", queue: queue);

        await NativeCluster.Until(() => seen.Contains("after"), "the message");
    }

    private Task DeactivateAsync(string queue) =>
        cluster.Cluster.Silos[0].ServiceProvider.GetRequiredService<IGrainFactory>()
            .GetGrain<IQueueGrain>(new QueueId("/", queue).ToGrainKey())
            .AsReference<Orleans.Core.Internal.IGrainManagementExtension>().DeactivateOnIdle().AsTask();
}
