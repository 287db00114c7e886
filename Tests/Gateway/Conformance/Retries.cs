using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Tests.Gateway.Wire;
using OrleansBroker.Tests.Native;

namespace OrleansBroker.Tests.Gateway.Conformance;

/// <summary>Messages that wait: for another try, for their acknowledgement, for their delay. And those that stay with their key.</summary>
[Collection(OneGateway.Name)]
public sealed class Retries(GatewaySilo silo) : WireTest(silo)
{
    private readonly string _name = NativeCluster.Unique("r");

    [Fact]
    public async Task A_returned_message_waits_for_its_next_try_and_others_pass_it_by()
    {
        var queue = await DeclareAsync(("x-delayed-retry-type", "all"), ("x-delayed-retry-min", 300), ("x-delayed-retry-max", 1000));
        await Client.PublishAsync("", queue, "retried");
        await Client.PublishAsync("", queue, "other");
        await Client.SendAsync(1, new BasicConsume(queue, "c", BasicConsumeFlags.NoWait, FieldTable.Empty));
        Assert.Equal("retried", await DeliveredAsync());
        Assert.Equal("other", await DeliveredAsync());
        var returned = TimeProvider.System.GetTimestamp();
        await Client.SendAsync(1, new BasicReject(1, Requeue: true));
        Assert.Equal("retried", await DeliveredAsync());
        Assert.True(TimeProvider.System.GetElapsedTime(returned) >= TimeSpan.FromMilliseconds(290));
        // The second failure waits twice as long.
        returned = TimeProvider.System.GetTimestamp();
        await Client.SendAsync(1, new BasicReject(3, Requeue: true));
        Assert.Equal("retried", await DeliveredAsync());
        Assert.True(TimeProvider.System.GetElapsedTime(returned) >= TimeSpan.FromMilliseconds(590));
    }

    [Fact]
    public async Task Of_several_messages_only_the_one_that_is_kept_too_long_returns()
    {
        var queue = await DeclareAsync(("x-consumer-timeout", 400));
        await Client.PublishAsync("", queue, "hung");
        await Client.SendAsync(1, new BasicConsume(queue, "slow", BasicConsumeFlags.NoWait, FieldTable.Empty));
        Assert.Equal("hung", await DeliveredAsync());
        await NativeCluster.Until(
            async () =>
            {
                // Each is settled at once: none of them is late.
                await Client.PublishAsync("", queue, "quick");
                var tag = MethodReader.Decode<BasicDeliver>((await Client.ExpectAsync(MethodId.BasicDeliver)).Payload).DeliveryTag;
                var body = (await Client.ReadContentAsync()).Body;
                await Client.SendAsync(1, new BasicAck(tag, Multiple: false));
                return body.AsSpan().SequenceEqual("hung"u8);
            },
            "the message that was kept too long");
        // The channel lives, and what it settles too late is passed over.
        await Client.SendAsync(1, new BasicAck(1, Multiple: false));
        await Client.SendAsync(1, new ChannelFlow(true));
        while ((await Client.ReadAsync())!.Method != MethodId.ChannelFlowOk)
        {
            // What was published last.
        }
    }

    [Fact]
    public async Task A_delayed_message_comes_when_its_time_has_come_and_says_how_long_it_waited()
    {
        await Client.SendAsync(1, new ExchangeDeclare(_name, "x-delayed-message", ExchangeDeclareFlags.Durable, Table(("x-delayed-type", "topic"))));
        await Client.ExpectAsync(MethodId.ExchangeDeclareOk);
        var queue = await DeclareAsync();
        await Client.SendAsync(1, new QueueBind(queue, _name, "a.#", NoWait: false, FieldTable.Empty));
        await Client.ExpectAsync(MethodId.QueueBindOk);
        await Client.SendAsync(1, new BasicConsume(queue, "c", BasicConsumeFlags.NoAck, FieldTable.Empty));
        await Client.ExpectAsync(MethodId.BasicConsumeOk);
        await ConfirmAsync();
        var published = TimeProvider.System.GetTimestamp();
        ulong confirmed = 0;
        foreach (var (body, delay) in ((string, object?)[])[("late", 700), ("soon", 300L), ("now", 0), ("past", -5), ("undelayed", null)])
        {
            var headers = delay is null ? Table(("k", "v")) : Table(("x-delay", delay));
            await Client.PublishAsync(_name, "a.b", body, properties: BasicPropertiesWriter.ToArray(new BasicProperties { Headers = headers }));
        }

        var received = new List<(string Body, object? Delay, TimeSpan After)>();
        while (received.Count < 5 || confirmed < 5)
        {
            var frame = (await Client.ReadAsync())!;
            if (frame.Method == MethodId.BasicAck)
            {
                confirmed = frame.As<BasicAck>().DeliveryTag;
                continue;
            }

            Assert.Equal(MethodId.BasicDeliver, frame.Method);
            var (properties, body) = await Client.ReadContentAsync();
            received.Add((
                System.Text.Encoding.UTF8.GetString(body),
                BasicPropertiesReader.Headers(properties)!["x-delay"],
                TimeProvider.System.GetElapsedTime(published)));
        }

        Assert.Equal(["now", "past", "undelayed", "soon", "late"], received.Select(r => r.Body));
        Assert.Equal([-300L, -700L], received.Skip(3).Select(r => Convert.ToInt64(r.Delay, System.Globalization.CultureInfo.InvariantCulture)));
        Assert.True(received[3].After >= TimeSpan.FromMilliseconds(290) && received[4].After >= TimeSpan.FromMilliseconds(690));
    }

    [Theory]
    [InlineData("x-delayed-message", "x-delayed-type", null)]
    [InlineData("x-delayed-message", "x-delayed-type", "bogus")]
    [InlineData("x-consistent-hash", "hash-property", "content_type")]
    public async Task What_an_exchange_needs_to_know_is_checked_when_it_is_declared(string type, string argument, string? value)
    {
        await Client.SendAsync(1, new ExchangeDeclare(_name, type, ExchangeDeclareFlags.None, value is null ? FieldTable.Empty : Table((argument, value))));
        Assert.Equal(406, (await Client.ExpectAsync<ChannelClose>()).ReplyCode);
    }

    [Fact]
    public async Task A_key_always_goes_to_the_same_queue_and_more_to_those_of_greater_weight()
    {
        await Client.SendAsync(1, new ExchangeDeclare(_name, "x-consistent-hash", ExchangeDeclareFlags.None, FieldTable.Empty));
        await Client.ExpectAsync(MethodId.ExchangeDeclareOk);
        string[] queues = [await DeclareAsync(), await DeclareAsync(), await DeclareAsync()];
        foreach (var (queue, weight) in queues.Zip(["1", "1", "4"]))
        {
            await Client.SendAsync(1, new QueueBind(queue, _name, weight, NoWait: false, FieldTable.Empty));
            await Client.ExpectAsync(MethodId.QueueBindOk);
        }

        // Twice the same keys: each queue gets each of its own twice.
        await Client.SendAsync(Enumerable.Range(0, 1200).SelectMany(i => WireClient.Publish(_name, $"key-{i % 600}", [1])).ToArray());
        var counts = new List<uint>();
        foreach (var queue in queues)
        {
            await Client.SendAsync(1, new QueuePurge(queue, NoWait: false));
            counts.Add((await Client.ExpectAsync<QueuePurgeOk>()).MessageCount);
        }

        Assert.Equal(1200u, counts.Aggregate((all, count) => all + count));
        Assert.All(counts, count => Assert.Equal(0u, count % 2));
        Assert.True(counts[2] > counts[0] + counts[1], string.Join(", ", counts));
    }

    private async Task<string> DeliveredAsync()
    {
        await Client.ExpectAsync(MethodId.BasicDeliver);
        return System.Text.Encoding.UTF8.GetString((await Client.ReadContentAsync()).Body);
    }
}
