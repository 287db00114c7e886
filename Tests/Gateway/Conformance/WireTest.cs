using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Tests.Gateway.Wire;
using OrleansBroker.Tests.Native;

namespace OrleansBroker.Tests.Gateway.Conformance;

/// <summary>A connection with a channel, and the few things that most conversations begin with.</summary>
public abstract class WireTest(GatewaySilo silo) : IAsyncLifetime
{
    private protected static readonly FieldTable CanBeCancelled = new([new("capabilities", new FieldTable([new("consumer_cancel_notify", true)]))]);

    private protected GatewaySilo Silo { get; } = silo;

    private protected WireClient Client { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Client = await WireClient.OpenAsync(Silo.Port, properties: CanBeCancelled);
        await Client.OpenChannelAsync();
    }

    public Task DisposeAsync() => Client.DisposeAsync().AsTask();

    private protected static FieldTable Table(params (string Name, object? Value)[] fields) =>
        new(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));

    private protected async Task<string> DeclareAsync(params (string Name, object? Value)[] arguments)
    {
        var queue = NativeCluster.Unique("q");
        await DeclareAsync(queue, arguments);
        return queue;
    }

    private protected async Task DeclareAsync(string queue, params (string Name, object? Value)[] arguments)
    {
        await Client.SendAsync(1, new QueueDeclare(queue, QueueDeclareFlags.None, Table(arguments)));
        await Client.ExpectAsync(MethodId.QueueDeclareOk);
    }

    private protected async Task ConfirmAsync()
    {
        await Client.SendAsync(1, new ConfirmSelect(NoWait: false));
        await Client.ExpectAsync(MethodId.ConfirmSelectOk);
    }

    /// <summary>Publishes to the queue and waits until it is there.</summary>
    private protected async Task PutAsync(string queue, byte[]? properties = null)
    {
        await Client.PublishAsync("", queue, "x", properties: properties);
        await Client.SendAsync(1, new QueueDeclare(queue, QueueDeclareFlags.Passive, FieldTable.Empty));
        await Client.ExpectAsync(MethodId.QueueDeclareOk);
    }

    /// <summary>Gets a message that is there, to be settled; its encoded properties.</summary>
    private protected async Task<byte[]> GetAsync(string queue)
    {
        WireFrame? frame = null;
        await NativeCluster.Until(
            async () =>
            {
                await Client.SendAsync(1, new BasicGet(queue, NoAck: false));
                frame = await Client.ReadAsync();
                return frame!.Method == MethodId.BasicGetOk;
            },
            "a message");
        LastTag = MethodReader.Decode<BasicGetOk>(frame!.Payload).DeliveryTag;
        return (await Client.ReadContentAsync()).Properties;
    }

    /// <summary>The delivery tag of what was got last.</summary>
    private protected ulong LastTag { get; private set; }

    private protected async Task<FieldTable> HeadersOfNextAsync(string queue) =>
        BasicPropertiesReader.Headers(await GetAsync(queue)) ?? FieldTable.Empty;
}
