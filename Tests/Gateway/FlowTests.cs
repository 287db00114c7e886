using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Tests.Gateway.Conformance;
using OrleansBroker.Tests.Gateway.Wire;

namespace OrleansBroker.Tests.Gateway;

/// <summary>A silo that gives the pauses that channel.flow asks for.</summary>
public sealed class PausingSilo : GatewaySilo
{
    protected override IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?> { ["Broker:Amqp:PauseOnFlow"] = "true" };
}

/// <summary>channel.flow where it is more than RabbitMQ's (row 1.10).</summary>
public sealed class FlowTests(PausingSilo silo) : WireTest(silo), IClassFixture<PausingSilo>
{
    [Fact]
    public async Task A_pause_that_is_asked_for_stops_deliveries_after_its_answer_and_nothing_else()
    {
        var queue = await DeclareAsync();
        await Client.SendAsync(1, new BasicConsume(queue, "c", BasicConsumeFlags.NoAck, FieldTable.Empty));
        await Client.ExpectAsync(MethodId.BasicConsumeOk);
        await using var other = await WireClient.OpenAsync(Silo.Port);
        await other.OpenChannelAsync();
        for (var round = 0; round < 20; round++)
        {
            await other.SendAsync(Enumerable.Range(0, 100).SelectMany(_ => WireClient.Publish("", queue, [1])).ToArray());
            await Client.SendAsync(1, new ChannelFlow(false));
            var delivered = await ReadUntilAsync(MethodId.ChannelFlowOk);
            // Whatever is written now would come before this answer.
            await other.SendAsync(1, new QueueDeclare(queue, QueueDeclareFlags.Passive, FieldTable.Empty));
            await other.ExpectAsync(MethodId.QueueDeclareOk);
            await Client.SendAsync(1, new BasicQos(0, 10, Global: false));
            Assert.Equal(0, await ReadUntilAsync(MethodId.BasicQosOk));
            await Client.SendAsync(1, new ChannelFlow(true));
            delivered += await ReadUntilAsync(MethodId.ChannelFlowOk);
            for (; delivered < 100; delivered++)
            {
                await Client.ExpectAsync(MethodId.BasicDeliver);
                await Client.ReadContentAsync();
            }
        }
    }

    private async Task<int> ReadUntilAsync(MethodId method)
    {
        for (var delivered = 0; ; delivered++)
        {
            var frame = (await Client.ReadAsync())!;
            if (frame.Method == method)
            {
                return delivered;
            }

            Assert.Equal(MethodId.BasicDeliver, frame.Method);
            await Client.ReadContentAsync();
        }
    }
}
