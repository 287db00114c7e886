using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using OrleansBroker.Grains.Exchanges.Coherence;
using OrleansBroker.Grains.Hosting;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Tests.Exchanges;
using OrleansBroker.Tests.Native;

namespace OrleansBroker.Tests.Queues.Grain;

/// <summary>A silo whose way to the shared store can be cut, so that its lease lapses.</summary>
public sealed class CutOffCluster : NativeCluster
{
    internal CutOffStore Definitions { get; private set; } = null!;

    protected override ITopologyStore Over(ITopologyStore store) => Definitions = new CutOffStore(store);

    protected override void Configure(BrokerOptions options)
    {
        options.Topology.LeaseDuration = TimeSpan.FromSeconds(1);
        options.Topology.LeaseRenewal = TimeSpan.FromMilliseconds(250);
    }
}

public sealed class DeliveryRightTests(CutOffCluster cluster) : IClassFixture<CutOffCluster>
{
    private readonly QueueId _id = new("/", NativeCluster.Unique("queue"));

    private IQueueGrain Queue => cluster.Silo.GetRequiredService<IGrainFactory>().GetGrain<IQueueGrain>(_id.ToGrainKey());

    private SiloLease Lease => cluster.Silo.GetRequiredService<SiloLease>();

    [Fact]
    public async Task A_queue_whose_silo_lost_its_lease_delivers_nothing_until_it_has_one_again()
    {
        var received = new ConcurrentQueue<string>();
        await Queue.DeclareAsync(new QueueDefinition { Id = _id, Durable = true });
        await using var subscription = await cluster.Inside().SubscribeAsync(delivery => received.Enqueue(delivery.Text), _id.Name);
        await EnqueueAsync(1, "before");
        await NativeCluster.Until(() => received.Count == 1, "the first delivery");

        cluster.Definitions.IsCut = true;
        await NativeCluster.Until(() => !Lease.IsHeld, "the end of the lease");
        await EnqueueAsync(2, "while it hangs");
        var got = Queue.GetAsync(new GetRequest { Id = new ConsumerId(Guid.NewGuid(), 1), NoAck = true });

        // A delivery would have left with the call that enqueued, and been taken over by now.
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(1, (await Queue.GetStatusAsync(null)).Ready);
        }

        Assert.Equal(["before"], received);
        Assert.False(got.IsCompleted);

        cluster.Definitions.IsCut = false;
        await got;
        await NativeCluster.Until(async () => (await Queue.GetStatusAsync(null)).Ready == 0, "that the message leaves");
    }

    private Task<EnqueueReply> EnqueueAsync(long number, string text) => Queue.EnqueueAsync(new EnqueueBatch
    {
        Link = 1,
        Number = number,
        Messages = new MessageBatch(new BrokerMessage("", _id.Name, default, System.Text.Encoding.UTF8.GetBytes(text))),
    });
}
