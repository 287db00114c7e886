using System.Text;
using Microsoft.Extensions.DependencyInjection;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Replies;
using OrleansBroker.Tests.Native;

namespace OrleansBroker.Tests.Gateway.Consuming;

/// <summary>Consumers on one silo, queues and repliers on any.</summary>
public sealed class ClusterConsumingTests(ThreeSilos cluster) : IClassFixture<ThreeSilos>
{
    [Fact]
    public async Task Queues_on_any_silo_deliver_in_order()
    {
        await using var bench = new ChannelBench(cluster);
        var (channel, output) = bench.OpenChannel();
        channel.Prefetch(50);
        string[] queues = [.. await Task.WhenAll(Enumerable.Range(0, 9).Select(_ => bench.QueueAsync()))];
        foreach (var queue in queues)
        {
            await channel.ConsumeAsync(queue, queue);
            await bench.PublishAsync(queue, 0, 200);
        }

        var acked = 0;
        while (acked < 9 * 200)
        {
            await NativeCluster.Until(() => output.Deliveries.Count > acked, "the next");
            acked = output.Deliveries.Count;
            channel.Ack(output.Deliveries[acked - 1].Tag, multiple: true);
        }

        await channel.FlushAsync(CancellationToken.None);
        foreach (var queue in queues)
        {
            Assert.Equal(Enumerable.Range(0, 200).Select(i => $"{i}"), output.Deliveries.Where(d => d.ConsumerTag == queue).Select(d => d.Body));
            Assert.Equal(0, (await bench.StatusAsync(queue)).Unacked);
        }
    }

    [Fact]
    public async Task A_reply_from_another_silo_arrives()
    {
        await using var bench = new ChannelBench(cluster);
        var (channel, output) = bench.OpenChannel();
        await channel.ConsumeAsync(ReplyAddress.PseudoQueue, "r", BasicConsumeFlags.NoAck);
        foreach (var silo in cluster.Cluster.Silos)
        {
            var replies = silo.ServiceProvider.GetRequiredService<IReplies>();
            Assert.True(await replies.IsAliveAsync("/", channel.ReplyTo!));
            Assert.True(await replies.TrySendAsync("/", new BrokerMessage("", channel.ReplyTo!, new byte[2], Encoding.UTF8.GetBytes(silo.Name))));
        }

        await NativeCluster.Until(() => output.Deliveries.Count == 3, "all replies");
        Assert.Equal(cluster.Cluster.Silos.Select(s => s.Name).Order(), output.Bodies.Order());
    }
}
