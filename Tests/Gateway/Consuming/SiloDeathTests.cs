using System.Globalization;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Tests.Gateway.Wire;
using OrleansBroker.Tests.Native;

namespace OrleansBroker.Tests.Gateway.Consuming;

/// <summary>A consumer on one silo whose queue lives on another, when that one dies.</summary>
public sealed class SiloDeathTests(GatewayCluster cluster) : IClassFixture<GatewayCluster>
{
    private const int Messages = 40;
    private const int Prefetch = 10;
    private const int Acked = 3;

    private static readonly byte[] Persistent = BasicPropertiesWriter.ToArray(new BasicProperties { DeliveryMode = 2 });

    [Fact]
    public async Task Deliveries_go_on_and_what_was_unsettled_comes_again()
    {
        await using var client = await WireClient.OpenAsync(cluster.Port);
        await client.OpenChannelAsync();
        var queue = await DeclareOnOtherSiloAsync(client);
        await client.SendAsync(1, new ConfirmSelect(NoWait: true));
        await PublishAsync(client, queue, 0, Messages / 2, confirmed: 0);

        await client.OpenChannelAsync(2);
        await client.SendAsync(2, new BasicQos(0, Prefetch, Global: false));
        await client.ExpectAsync(MethodId.BasicQosOk);
        await client.SendAsync(2, new BasicConsume(queue, "c", BasicConsumeFlags.NoWait, FieldTable.Empty));
        ulong tags = 0;
        for (var i = 0; i < Prefetch + Acked; i++)
        {
            Assert.Equal((i, ++tags, false), await DeliveryAsync(client));
            if (i == Prefetch - 1)
            {
                await client.SendAsync(2, new BasicAck(Acked, Multiple: true));
            }
        }

        await cluster.Cluster.KillSiloAsync(cluster.Cluster.Silos[1]);
        var seen = new List<(int Number, bool Redelivered)>();
        while (seen.Count < (Messages / 2) - Acked)
        {
            var (number, tag, redelivered) = await DeliveryAsync(client);
            Assert.Equal(++tags, tag);
            await client.SendAsync(2, new BasicAck(tag, Multiple: false));
            // An ack that was on its way to the disk may be lost with the silo.
            if (number >= Acked)
            {
                seen.Add((number, redelivered));
            }
        }

        Assert.Equal(Enumerable.Range(Acked, (Messages / 2) - Acked), seen.Select(message => message.Number));
        Assert.All(seen.Take(Prefetch), message => Assert.True(message.Redelivered));

        // And publishing goes on, too.
        await PublishAsync(client, queue, Messages / 2, Messages / 2, confirmed: Messages / 2);
    }

    private async Task<string> DeclareOnOtherSiloAsync(WireClient client)
    {
        var other = cluster.Cluster.Silos[1];
        var management = cluster.Cluster.Client.GetGrain<IManagementGrain>(0);
        while (true)
        {
            var queue = NativeCluster.Unique("orphan");
            await client.SendAsync(1, new QueueDeclare(queue, QueueDeclareFlags.Durable, FieldTable.Empty));
            await client.ExpectAsync(MethodId.QueueDeclareOk);
            var grain = other.ServiceProvider.GetRequiredService<IGrainFactory>().GetGrain<IQueueGrain>(new QueueId("/", queue).ToGrainKey());
            await grain.GetStatusAsync(null);
            if (other.SiloAddress.Equals(await management.GetActivationAddress(grain)))
            {
                return queue;
            }
        }
    }

    private static async Task PublishAsync(WireClient client, string queue, int from, int count, int confirmed)
    {
        for (var i = from; i < from + count; i++)
        {
            await client.PublishAsync("", queue, $"{i}", properties: Persistent);
        }

        while (confirmed < from + count)
        {
            var frame = (await client.ReadAsync())!;
            if (frame.Method == MethodId.BasicAck)
            {
                confirmed = (int)frame.As<BasicAck>().DeliveryTag;
            }
        }
    }

    private static async Task<(int Number, ulong Tag, bool Redelivered)> DeliveryAsync(WireClient client)
    {
        var frame = await client.ExpectAsync(MethodId.BasicDeliver);
        var (_, body) = await client.ReadContentAsync();
        var delivery = MethodReader.Decode<BasicDeliver>(frame.Payload);
        return (int.Parse(Encoding.UTF8.GetString(body), CultureInfo.InvariantCulture), delivery.DeliveryTag, delivery.Redelivered);
    }
}
