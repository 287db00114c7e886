using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Tests.Gateway.Wire;
using OrleansBroker.Tests.Native;

namespace OrleansBroker.Tests.Gateway.Conformance;

/// <summary>What becomes of messages that are returned and refused: headers that retries and monitors read.</summary>
[Collection(OneGateway.Name)]
public sealed class Settlements(GatewaySilo silo) : WireTest(silo)
{
    [Fact]
    public async Task A_nack_is_no_failed_delivery_and_a_reject_is_one()
    {
        var queue = await DeclareAsync(("x-delivery-limit", 1));
        await PutAsync(queue);
        Assert.Empty(await HeadersOfNextAsync(queue));
        await Client.SendAsync(1, new BasicNack(LastTag, BasicNackFlags.Requeue));
        Assert.Equal((0L, 1L), Counts(await HeadersOfNextAsync(queue)));
        await Client.SendAsync(1, new BasicReject(LastTag, Requeue: true));
        Assert.Equal((1L, 2L), Counts(await HeadersOfNextAsync(queue)));
        await Client.SendAsync(1, new BasicNack(LastTag, BasicNackFlags.Requeue));
        Assert.Equal((1L, 3L), Counts(await HeadersOfNextAsync(queue)));

        // The second failure is one more than the limit.
        await Client.SendAsync(1, new BasicReject(LastTag, Requeue: true));
        await Client.SendAsync(1, new QueuePurge(queue, NoWait: false));
        Assert.Equal(0u, (await Client.ExpectAsync<QueuePurgeOk>()).MessageCount);
    }

    [Theory]
    [InlineData("")]
    [InlineData("amq.fanout")]
    public async Task Who_rejects_and_then_gets_finds_the_dead_letter(string exchange)
    {
        var (queue, dead) = (NativeCluster.Unique("dying"), await DeclareAsync());
        await DeclareAsync(queue, ("x-dead-letter-exchange", exchange), ("x-dead-letter-routing-key", dead));
        if (exchange.Length > 0)
        {
            await Client.SendAsync(1, new QueueBind(dead, exchange, "", NoWait: false, FieldTable.Empty));
            await Client.ExpectAsync(MethodId.QueueBindOk);
        }

        // Many times: each could be in time by luck.
        for (var i = 0; i < 100; i++)
        {
            await PutAsync(queue);
            await HeadersOfNextAsync(queue);
            await Client.SendAsync(1, new BasicReject(LastTag, Requeue: false));
            await Client.SendAsync(1, new BasicGet(dead, NoAck: true));
            await Client.ExpectAsync(MethodId.BasicGetOk);
            await Client.ReadContentAsync();
        }
    }

    [Fact]
    public async Task Deaths_are_told_with_the_newest_first_and_the_time_of_the_first()
    {
        var (first, second) = (NativeCluster.Unique("first"), NativeCluster.Unique("second"));
        await DeclareAsync(first, ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", second));
        await DeclareAsync(second, ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", first));
        var headers = Table(("CC", new object?[] { "copy" }), ("BCC", new object?[] { "blind" }), ("mine", (short)1));
        await PutAsync(first, BasicPropertiesWriter.ToArray(new BasicProperties { Headers = headers, Expiration = "600000" }));

        var death = await DieAsync(first, first, second, (first, 1));
        Assert.Equal(["count", "reason", "queue", "time", "exchange", "routing-keys", "original-expiration"], death.Select(field => field.Key));
        Assert.Equal((object?[])[first, "copy"], Assert.IsType<object?[]>(death["routing-keys"]));
        Assert.Equal(("rejected", "", "600000"), (death["reason"], death["exchange"], death["original-expiration"]));
        var time = Assert.IsType<AmqpTimestamp>(death["time"]);

        await DieAsync(first, second, first, (second, 1), (first, 1));
        var again = await DieAsync(first, first, second, (first, 2), (second, 1));
        Assert.Equal(time, again["time"]);
    }

    [Fact]
    public async Task A_client_that_copies_x_death_does_not_continue_it()
    {
        var (queue, dead) = (NativeCluster.Unique("dying"), await DeclareAsync());
        await DeclareAsync(queue, ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", dead));
        var claimed = Table(("count", 41L), ("reason", "rejected"), ("queue", queue));
        await PutAsync(queue, BasicPropertiesWriter.ToArray(new BasicProperties { Headers = Table(("x-death", new object?[] { claimed })) }));
        await DieAsync(queue, queue, dead, (queue, 1));
    }

    [Fact]
    public async Task Prefetch_is_the_channels_where_it_is_global_and_each_consumers_where_not()
    {
        var queue = await DeclareAsync();
        await Client.SendAsync(1, new BasicQos(0, 1, Global: false));
        await Client.ExpectAsync(MethodId.BasicQosOk);
        await Client.SendAsync(1, new BasicQos(0, 3, Global: true));
        await Client.ExpectAsync(MethodId.BasicQosOk);
        for (var i = 0; i < 5; i++)
        {
            await PutAsync(queue);
        }

        foreach (var tag in (string[])["a", "b", "c", "d"])
        {
            await Client.SendAsync(1, new BasicConsume(queue, tag, BasicConsumeFlags.NoWait, FieldTable.Empty));
        }

        var consumers = new HashSet<string>();
        for (var i = 0; i < 3; i++)
        {
            var delivery = await Client.ExpectAsync(MethodId.BasicDeliver);
            await Client.ReadContentAsync();
            consumers.Add(TagOf(delivery));
        }

        // Each of three consumers has its one; the channel has its three, so the fourth consumer gets nothing until one is settled.
        Assert.Equal(3, consumers.Count);
        await Client.SendAsync(1, new ChannelFlow(true));
        await Client.ExpectAsync(MethodId.ChannelFlowOk);
        await Client.SendAsync(1, new BasicAck(1, Multiple: false));
        await Client.ExpectAsync(MethodId.BasicDeliver);
    }

    [Fact]
    public async Task A_message_that_is_kept_too_long_returns_and_its_channel_lives()
    {
        var queue = await DeclareAsync(("x-consumer-timeout", 200));
        await PutAsync(queue);
        await HeadersOfNextAsync(queue);
        var tag = LastTag;
        Assert.Equal((1L, 1L), Counts(await HeadersOfNextAsync(queue)));
        await Client.SendAsync(1, new BasicAck(tag, Multiple: false));
        await Client.SendAsync(1, new BasicAck(LastTag, Multiple: false));
        await Client.SendAsync(1, new QueueDelete(queue, QueueDeleteFlags.IfEmpty));
        await Client.ExpectAsync(MethodId.QueueDeleteOk);
    }

    private async Task<FieldTable> DieAsync(string firstQueue, string queue, string next, params (string Queue, long Count)[] expected)
    {
        await GetAsync(queue);
        await Client.SendAsync(1, new BasicReject(LastTag, Requeue: false));
        var headers = await HeadersOfNextAsync(next);
        await Client.SendAsync(1, new BasicNack(LastTag, BasicNackFlags.Requeue));
        var deaths = Assert.IsType<object?[]>(headers["x-death"]).Cast<FieldTable>().ToArray();
        Assert.Equal(expected.Select(death => ((object?)death.Queue, (object?)death.Count)), deaths.Select(death => (death["queue"], death["count"])));
        Assert.Equal((expected[0].Queue, "rejected"), (headers["x-last-death-queue"], headers["x-last-death-reason"]));
        Assert.Equal((firstQueue, "rejected"), (headers["x-first-death-queue"], headers["x-first-death-reason"]));
        return deaths[0];
    }

    private static (long Delivery, long Acquired) Counts(FieldTable headers) =>
        ((long)headers["x-delivery-count"]!, (long)headers["x-acquired-count"]!);

    private static string TagOf(WireFrame delivery) =>
        System.Text.Encoding.UTF8.GetString(MethodReader.Decode<BasicDeliver>(delivery.Payload).ConsumerTag);
}
