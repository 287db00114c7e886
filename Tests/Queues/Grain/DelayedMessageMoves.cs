using System.Buffers.Binary;
using Microsoft.Extensions.DependencyInjection;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Delays;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Publishing;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Tests.Native;

namespace OrleansBroker.Tests.Queues.Grain;

/// <summary>The silo that holds delayed messages dies while they are pending.</summary>
public sealed class DelayedMessageMoves : NativeCluster
{
    private const int Messages = 200;

    protected override int Silos => 3;

    [Fact]
    public async Task Pending_messages_come_from_another_silo_when_theirs_dies_and_none_comes_early()
    {
        var exchange = new ExchangeId("/", "delayed");
        var queue = new QueueId("/", "target");
        await DeclareAsync(exchange, queue);
        await PublishAsync(exchange);

        var kept = DelayQueue.Of((await Topology.GetExchangeAsync(exchange, default))!)!.Id;
        var host = await HostOf(kept);
        Assert.NotNull(host);
        await Cluster.KillSiloAsync(Cluster.Silos.Single(silo => silo.SiloAddress.Equals(host)));

        var seen = new HashSet<int>();
        var getter = new ConsumerId(Guid.NewGuid(), 1);
        var started = TimeProvider.System.GetTimestamp();
        while (seen.Count < Messages)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromMinutes(3), $"only {seen.Count} of {Messages} came");
            await TakeAsync(queue, getter, seen);
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        Assert.NotEqual(host, await HostOf(kept));
    }

    private ITopology Topology => Silo.GetRequiredService<ITopology>();

    private IGrainFactory Grains => Silo.GetRequiredService<IGrainFactory>();

    private async Task<SiloAddress?> HostOf(QueueId queue) =>
        await Grains.GetGrain<IManagementGrain>(0).GetActivationAddress(Grains.GetGrain<IQueueGrain>(queue.ToGrainKey()));

    private async Task DeclareAsync(ExchangeId exchange, QueueId queue)
    {
        await Topology.DeclareExchangeAsync(
            new() { Id = exchange, Type = "x-delayed-message", Durable = true, Arguments = FieldTable.Empty.With("x-delayed-type", "fanout") },
            default);
        await Topology.DeclareQueueAsync(new() { Id = queue, Durable = true }, default);
        await Topology.BindAsync(
            new() { Source = exchange, Destination = new Destination(DestinationKind.Queue, queue.Name), RoutingKey = "" }, null, default);
    }

    // Due from a second on, while the silo dies and after it is declared dead.
    private async Task PublishAsync(ExchangeId exchange)
    {
        var publisher = Silo.GetRequiredService<IPublisher>();
        for (var i = 0; i < Messages; i++)
        {
            var delay = 1_000 + (i * 37 % 100 * 150);
            var body = new byte[12];
            BinaryPrimitives.WriteInt64LittleEndian(body, Now() + delay);
            BinaryPrimitives.WriteInt32LittleEndian(body.AsSpan(8), i);
            var headers = FieldTable.Empty.With("x-delay", delay);
            var properties = BasicPropertiesWriter.ToArray(new BasicProperties { DeliveryMode = 2, Headers = headers });
            var receipt = await publisher.PublishAsync(new PublishBatch
            {
                VirtualHost = "/",
                Messages = new MessageBatch(new BrokerMessage(exchange.Name, "", properties, body)),
            });
            Assert.Empty((await receipt.Confirmed).Exceptions);
        }
    }

    private async Task TakeAsync(QueueId queue, ConsumerId getter, HashSet<int> seen)
    {
        try
        {
            while ((await Grains.GetGrain<IQueueGrain>(queue.ToGrainKey()).GetAsync(new GetRequest { Id = getter })).Delivery is { } delivery)
            {
                var body = delivery.Messages.Messages.Span[0].Body;
                Assert.True(BinaryPrimitives.ReadInt64LittleEndian(body.Span) <= Now(), "it came early");
                seen.Add(BinaryPrimitives.ReadInt32LittleEndian(body.Span[8..]));
            }
        }
        catch (Exception e) when (e is OrleansException or TimeoutException)
        {
            // The target's silo may be the dead one: until the cluster knows, it cannot be asked.
        }
    }

    private static long Now() => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
}
