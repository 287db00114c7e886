using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Telemetry;
using OrleansBroker.Tests.Gateway.Wire;
using OrleansBroker.Tests.Native;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace OrleansBroker.Tests.Telemetry;

/// <summary>What an AMQP publisher traces goes on in the broker, up to the consumer.</summary>
[Collection(OneGateway.Name)]
public sealed class TraceTests : IDisposable
{
    private const string Application = "OrleansBroker.Tests.Application";
    private static readonly string[] Sources = [Application, BrokerTelemetry.Name, "RabbitMQ.Client.Publisher", "RabbitMQ.Client.Subscriber"];
    private static readonly string[] Verbs = ["publish", "route", "enqueue", "persist", "deliver", "settle"];

    private readonly GatewaySilo _silo;
    private readonly ActivitySource _source = new(Application);
    private readonly ConcurrentQueue<Activity> _seen = new();
    private readonly ActivityListener _listener;
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().AddSingleton(TimeProvider.System).AddSingleton<BrokerTelemetry>().BuildServiceProvider();

    public TraceTests(GatewaySilo silo)
    {
        _silo = silo;
        _listener = new ActivityListener
        {
            ShouldListenTo = source => Sources.Contains(source.Name),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _seen.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _source.Dispose();
        _services.Dispose();
    }

    [Fact]
    public async Task A_message_is_one_trace_from_its_publisher_to_its_consumer()
    {
        var queue = NativeCluster.Unique("traced");
        await using var connection = await ConnectAsync();
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true));
        await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false);
        var consumer = new AsyncEventingBasicConsumer(channel);
        var baggage = new TaskCompletionSource<string>();
        consumer.ReceivedAsync += async (_, delivery) =>
        {
            baggage.TrySetResult(System.Text.Encoding.UTF8.GetString((byte[])delivery.BasicProperties.Headers!["baggage"]!));
            await channel.BasicAckAsync(delivery.DeliveryTag, multiple: false);
        };
        await channel.BasicConsumeAsync(queue, autoAck: false, consumer);

        using var root = _source.StartActivity("order")!;
        var properties = new BasicProperties { MessageId = "m-1", Persistent = true, Headers = new Dictionary<string, object?> { ["baggage"] = "customer=1" } };
        await channel.BasicPublishAsync("", queue, mandatory: false, properties, new byte[7]);
        root.Stop();

        await NativeCluster.Until(() => Verbs.All(verb => Own(root).Any(activity => activity.OperationName == verb)), "all steps in the publisher's trace");
        Assert.Equal("customer=1", await baggage.Task);
        var own = Own(root);
        var sent = own.Single(activity => activity.Source.Name == "RabbitMQ.Client.Publisher");
        Assert.All(["publish", "enqueue", "persist", "deliver", "settle"], verb => Assert.Equal(sent.SpanId, own.Single(activity => activity.OperationName == verb).ParentSpanId));
        var publish = own.Single(activity => activity.OperationName == "publish");
        Assert.Equal(publish.SpanId, own.Single(activity => activity.OperationName == "route").ParentSpanId);
        var deliver = own.Single(activity => activity.OperationName == "deliver");
        Assert.Equal(
            (queue, "receive", "m-1", queue),
            (deliver.GetTagItem("messaging.destination.name"), deliver.GetTagItem("messaging.operation.type"), deliver.GetTagItem("messaging.message.id"), deliver.GetTagItem("messaging.rabbitmq.destination.routing_key")));
        await NativeCluster.Until(
            () => _seen.Any(activity => activity.Source.Name == "RabbitMQ.Client.Subscriber"
                && (activity.TraceId == root.TraceId || activity.Links.Any(link => link.Context.TraceId == root.TraceId))),
            "the consumer's activity, which belongs to the publisher's");
    }

    [Fact]
    public void Messages_of_several_traces_are_linked_and_those_of_one_continue_it()
    {
        var (one, other) = (ActivityTraceId.CreateRandom(), ActivityTraceId.CreateRandom());
        using var both = Start(Message(one, "01"), Message(other, "01"), Message(one, "00"));
        Assert.Equal([one, other], both!.Links.Select(link => link.Context.TraceId));
        both.Stop();
        using var single = Start(Message(one, "01"), Message(one, "01"));
        Assert.Equal((one, 2), (single!.TraceId, single.Links.Count()));
    }

    [Fact]
    public void What_the_publisher_does_not_sample_is_not_traced()
    {
        Assert.Null(Start(Message(ActivityTraceId.CreateRandom(), "00")));
        using var some = Start(Message(ActivityTraceId.CreateRandom(), "00"), new BrokerMessage("", "q", new byte[2], new byte[1]));
        Assert.NotNull(some);
    }

    private Activity? Start(params BrokerMessage[] messages) => _services.GetRequiredService<BrokerTelemetry>().Start("enqueue", "q", messages);

    private static BrokerMessage Message(ActivityTraceId trace, string flags)
    {
        var headers = new FieldTable([new("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-{flags}")]);
        return new BrokerMessage("", "q", OrleansBroker.Amqp.Content.BasicPropertiesWriter.ToArray(new OrleansBroker.Amqp.Content.BasicProperties { Headers = headers }), new byte[1]);
    }

    private async Task<IConnection> ConnectAsync() => await new ConnectionFactory { HostName = "127.0.0.1", Port = _silo.Port }.CreateConnectionAsync();

    private IEnumerable<Activity> Own(Activity root) => [.. _seen.Where(activity => activity.TraceId == root.TraceId)];
}
