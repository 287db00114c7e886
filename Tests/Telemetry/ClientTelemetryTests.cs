using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using OrleansBroker.ClientLib;
using OrleansBroker.ClientLib.Telemetry;
using OrleansBroker.Tests.Native;

namespace OrleansBroker.Tests.Telemetry;

/// <summary>What the native client tells of itself, by OpenTelemetry's conventions for messaging.</summary>
[Collection(OneSilo.Name)]
public sealed class ClientTelemetryTests(NativeCluster cluster) : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly ConcurrentQueue<(string Instrument, double Value, Dictionary<string, object?> Tags)> _measured = new();

    private IMeterFactory Meters => _services.GetRequiredService<IMeterFactory>();

    public void Dispose() => _services.Dispose();

    [Fact]
    public async Task A_message_carries_the_trace_and_the_baggage_of_its_publisher_to_the_handler()
    {
        var queue = NativeCluster.Unique("baggage");
        using var source = new ActivitySource(queue);
        var seen = new ConcurrentQueue<Activity>();
        using var listener = Listen([queue, ClientTelemetry.Name], seen);
        var connection = await cluster.ConnectAsync();
        await connection.CreateQueueAsync(queue);
        var handled = new TaskCompletionSource<(ActivityTraceId? Trace, string? Baggage, Delivery Delivery)>();
        await using var subscription = await connection.SubscribeAsync(
            delivery => handled.TrySetResult((Activity.Current?.TraceId, Activity.Current?.GetBaggageItem("customer"), delivery)), queue);

        using var root = source.StartActivity("order")!;
        root.AddBaggage("customer", "c 1");
        await connection.PublishAsync("x", queue: queue, properties: new MessageProperties { Headers = new Dictionary<string, object?> { ["kept"] = 7 } });
        root.Stop();

        var (trace, baggage, delivery) = await handled.Task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
        Assert.Equal((root.TraceId, "c 1", (object)7), (trace!.Value, baggage, delivery.Headers["kept"]));
        await NativeCluster.Until(() => seen.Any(activity => activity.OperationName == $"process {queue}"), "the activity of the handler");
        var sent = seen.Single(activity => activity.OperationName == $"publish {queue}" && activity.TraceId == root.TraceId);
        Assert.Equal((ActivityKind.Producer, root.SpanId, "send"), (sent.Kind, sent.ParentSpanId, sent.GetTagItem("messaging.operation.type")));
        var processed = seen.Single(activity => activity.OperationName == $"process {queue}");
        Assert.Equal((ActivityKind.Consumer, sent.SpanId, sent.SpanId), (processed.Kind, processed.ParentSpanId, processed.Links.Single().Context.SpanId));
    }

    [Fact]
    public async Task Headers_of_a_trace_that_the_application_sets_itself_stay()
    {
        var queue = NativeCluster.Unique("own");
        using var source = new ActivitySource(queue);
        using var listener = Listen([queue, ClientTelemetry.Name], new());
        var connection = await cluster.ConnectAsync();
        await connection.CreateQueueAsync(queue);
        const string Own = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        using var root = source.StartActivity("order")!;
        await connection.PublishAsync("x", queue: queue, properties: new MessageProperties { Headers = new Dictionary<string, object?> { ["traceparent"] = Own } });
        Assert.Equal(Own, (await connection.GetAsync(queue, autoAck: true))!.Headers["traceparent"]);
    }

    [Fact]
    public async Task Without_a_trace_and_without_a_listener_a_message_is_as_it_was()
    {
        var queue = NativeCluster.Unique("plain");
        var connection = await cluster.ConnectAsync();
        await connection.CreateQueueAsync(queue);
        await connection.PublishAsync("x", queue: queue);
        Assert.Empty((await connection.GetAsync(queue, autoAck: true))!.Headers);
    }

    [Fact]
    public async Task What_is_sent_consumed_and_processed_is_measured_with_what_failed()
    {
        var queue = NativeCluster.Unique("measured");
        using var listener = Measure();
        var connection = await cluster.ConnectAsync(new ConnectionOptions { MeterFactory = Meters });
        await connection.CreateQueueAsync(queue);
        await connection.PublishBatchAsync(["a", "b"], queue: queue);
        await Assert.ThrowsAnyAsync<Exception>(() => connection.PublishAsync("x", queue: $"{queue}-missing", mandatory: true));
        await connection.GetAsync(queue, autoAck: true);
        var failures = 0;
        await using (var subscription = await connection.SubscribeAsync(
            _ => { if (Interlocked.Increment(ref failures) == 1) { throw new InvalidOperationException("once"); } }, queue))
        {
            await NativeCluster.Until(() => Of("messaging.process.duration", queue).Count == 2, "both attempts of the handler");
        }

        Assert.Equal(2, Of("messaging.client.sent.messages", queue).Sum(entry => entry.Value));
        Assert.Equal(["get 1", "process 2"], Of("messaging.client.consumed.messages", queue)
            .GroupBy(entry => entry.Tags["messaging.operation.name"]).Select(group => $"{group.Key} {group.Sum(entry => entry.Value)}").Order());
        Assert.Equal(["get receive", "publish send"], Of("messaging.client.operation.duration", queue)
            .Select(entry => $"{entry.Tags["messaging.operation.name"]} {entry.Tags["messaging.operation.type"]}").Distinct().Order());
        Assert.Single(Of("messaging.client.operation.duration", $"{queue}-missing"), entry => entry.Tags.ContainsKey("error.type"));
        Assert.Equal([true, false], Of("messaging.process.duration", queue).Select(entry => entry.Tags.ContainsKey("error.type")));
        Assert.All(_measured, entry => Assert.Equal("orleansbroker", entry.Tags["messaging.system"]));
    }

    private static ActivityListener Listen(string[] sources, ConcurrentQueue<Activity> seen)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => sources.Contains(source.Name),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = seen.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    private List<(string Instrument, double Value, Dictionary<string, object?> Tags)> Of(string instrument, string queue) =>
        [.. _measured.Where(entry => entry.Instrument == instrument && Equals(entry.Tags["messaging.destination.name"], queue))];

    private MeterListener Measure()
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Scope == Meters)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => _measured.Enqueue((instrument.Name, value, new(tags.ToArray()))));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => _measured.Enqueue((instrument.Name, value, new(tags.ToArray()))));
        listener.Start();
        return listener;
    }
}
