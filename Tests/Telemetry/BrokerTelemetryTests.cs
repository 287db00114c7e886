using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Queues.Core;
using OrleansBroker.Grains.Telemetry;
using OrleansBroker.Tests.Native;

namespace OrleansBroker.Tests.Telemetry;

/// <summary>What the broker tells of itself.</summary>
[Collection(OneSilo.Name)]
public sealed class BrokerTelemetryTests(NativeCluster cluster) : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().AddSingleton(TimeProvider.System).AddSingleton<BrokerTelemetry>().BuildServiceProvider();

    private BrokerTelemetry Telemetry => _services.GetRequiredService<BrokerTelemetry>();

    public void Dispose() => _services.Dispose();

    [Fact]
    public void Messages_are_counted_by_step_and_settlements_by_kind()
    {
        var measured = Listen(() =>
        {
            Telemetry.Published(3);
            Telemetry.Enqueued(2);
            Telemetry.Settled(Settlement.Ack, 5);
            Telemetry.Settled(Settlement.Discard, 1);
            Telemetry.Dropped(DropReason.Expired, 4);
        });
        Assert.Equal(3, measured["orleansbroker.publish.messages"]);
        Assert.Equal(2, measured["orleansbroker.enqueue.messages"]);
        Assert.Equal(5, measured["orleansbroker.settle.messages ack"]);
        Assert.Equal(1, measured["orleansbroker.settle.messages discard"]);
        Assert.Equal(4, measured["orleansbroker.queue.dropped expired"]);
    }

    [Fact]
    public void Depth_is_a_total_and_a_series_for_each_of_the_deepest_queues_only()
    {
        var measured = Listen(() =>
        {
            for (var i = 1; i <= 100; i++)
            {
                Telemetry.Track(new QueueId("/", $"q{i}")).Set(ready: i, unacked: 1, 0, 0, null);
            }

            Telemetry.Track(new QueueId("/", "gone")).Dispose();
        });
        Assert.Equal(100, measured["orleansbroker.queues.active"]);
        Assert.Equal(5050, measured["orleansbroker.queues.ready"]);
        Assert.Equal(100, measured["orleansbroker.queues.unacked"]);
        Assert.Equal(
            Enumerable.Range(81, 20).Select(i => $"orleansbroker.queue.ready q{i} /").Order(StringComparer.Ordinal),
            measured.Keys.Where(key => key.StartsWith("orleansbroker.queue.ready ", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_age_of_the_oldest_message_is_told_of_all_queues_and_of_the_oldest_by_name()
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        var measured = Listen(() =>
        {
            Telemetry.Track(new QueueId("/", "old")).Set(1, 0, 0, 0, null, new HeadFigures(1, now - 90_000, null));
            Telemetry.Track(new QueueId("/", "new")).Set(1, 0, 0, 0, null, new HeadFigures(1, now - 1_500, null));
            Telemetry.Track(new QueueId("/", "empty")).Set(0, 0, 0, 0, null);
        });
        Assert.InRange(measured["orleansbroker.queues.oldest"], 90, 119);
        Assert.InRange(measured["orleansbroker.queue.oldest old /"], 90, 119);
        Assert.InRange(measured["orleansbroker.queue.oldest new /"], 1, 29);
        Assert.DoesNotContain("orleansbroker.queue.oldest empty /", measured.Keys);
    }

    [Fact]
    public async Task How_long_a_confirm_takes_is_measured_within_the_trace_of_its_publisher()
    {
        var queue = NativeCluster.Unique("confirmed");
        using var source = new ActivitySource(queue);
        using var activities = new ActivityListener
        {
            ShouldListenTo = other => other.Name == queue || other.Name == BrokerTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(activities);
        var traces = new ConcurrentBag<(string Instrument, ActivityTraceId? Trace)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name is "orleansbroker.publish.confirm.duration" or "orleansbroker.store.commit.duration" && instrument.Meter.Name == BrokerTelemetry.Name)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((instrument, _, _, _) => traces.Add((instrument.Name, Activity.Current?.TraceId)));
        listener.Start();

        var connection = await cluster.ConnectAsync();
        await connection.CreateQueueAsync(queue);
        using var root = source.StartActivity("order")!;
        await connection.PublishAsync("confirmed", queue: queue);

        string[] expected = ["orleansbroker.publish.confirm.duration", "orleansbroker.store.commit.duration"];
        await NativeCluster.Until(() => expected.All(name => traces.Contains((name, root.TraceId))), "both durations within the trace");
    }

    [Fact]
    public async Task Each_of_the_five_steps_of_a_message_is_an_activity()
    {
        var queue = NativeCluster.Unique("traced");
        var seen = new ConcurrentBag<string>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == BrokerTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity => seen.Add($"{activity.OperationName} {activity.GetTagItem("messaging.destination.name")}"),
        };
        ActivitySource.AddActivityListener(listener);

        var connection = await cluster.ConnectAsync();
        await connection.CreateQueueAsync(queue);
        await connection.PublishAsync("traced", queue: queue);
        await using var subscription = await connection.SubscribeAsync(_ => { }, queue);

        string[] expected = ["publish /", "route /", $"enqueue {queue}", $"deliver {queue}", $"settle {queue}"];
        await NativeCluster.Until(() => expected.All(seen.Contains), "an activity of each step");
    }

    /// <summary>The sums of what is measured meanwhile, by instrument and tag values.</summary>
    private Dictionary<string, long> Listen(Action work)
    {
        var measured = new Dictionary<string, long>();
        var meters = _services.GetRequiredService<IMeterFactory>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Scope == meters)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        void Add(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
        {
            var key = string.Join(' ', [instrument.Name, .. tags.ToArray().Select(tag => $"{tag.Value}")]);
            measured[key] = measured.GetValueOrDefault(key) + value;
        }

        listener.SetMeasurementEventCallback<long>(Add);
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, state) => Add(instrument, (long)value, tags, state));
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, state) => Add(instrument, value, tags, state));
        listener.Start();
        work();
        listener.RecordObservableInstruments();
        return measured;
    }
}
