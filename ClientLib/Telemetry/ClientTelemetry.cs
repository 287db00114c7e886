using System.Diagnostics;
using System.Diagnostics.Metrics;
using OrleansBroker.Amqp.Content;
using OrleansBroker.ClientLib.Messages;

namespace OrleansBroker.ClientLib.Telemetry;

/// <summary>
/// What a connection measures and traces, by OpenTelemetry's conventions for messaging clients. While nobody listens, and the application
/// is in no activity of its own, a message costs one look at that.
/// </summary>
internal sealed class ClientTelemetry : IDisposable
{
    /// <summary>Name of the meter and of the activity source.</summary>
    public const string Name = "OrleansBroker.Client";

    private static readonly KeyValuePair<string, object?> System = new("messaging.system", "orleansbroker");

    private readonly ActivitySource _activities = new(Name);
    private readonly Meter? _ownMeter;
    private readonly Counter<long> _sent;
    private readonly Counter<long> _consumed;
    private readonly Histogram<double> _operation;
    private readonly Histogram<double> _process;
    private readonly TimeProvider _time;

    /// <summary>The instruments, made by the host's factory, or of the connection's own where there is no host.</summary>
    public ClientTelemetry(IMeterFactory? meters, TimeProvider time)
    {
        var meter = meters?.Create(Name) ?? (_ownMeter = new Meter(Name));
        _time = time;
        // The bounds are the conventions'.
        var seconds = new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] };
        _sent = meter.CreateCounter<long>("messaging.client.sent.messages", "{message}", "Messages that the client published.");
        _consumed = meter.CreateCounter<long>("messaging.client.consumed.messages", "{message}", "Messages that were delivered to the application.");
        _operation = meter.CreateHistogram("messaging.client.operation.duration", "s", "From a call of publish or get until it is answered.", tags: null, seconds);
        _process = meter.CreateHistogram("messaging.process.duration", "s", "How long the application's handler took.", tags: null, seconds);
    }

    /// <summary>Whether a publish has somebody to tell of it, or a context to carry.</summary>
    public bool IsPublishObserved => _sent.Enabled || _operation.Enabled || _activities.HasListeners() || Activity.Current is not null;

    /// <summary>Whether processing has somebody to tell of it.</summary>
    public bool IsProcessObserved => _process.Enabled || _activities.HasListeners();

    /// <summary>Now, on the clock that durations are measured by.</summary>
    public long Timestamp => _time.GetTimestamp();

    /// <summary>The activity of a publish; null while nobody listens.</summary>
    public Activity? StartPublish(Route route, int messages)
    {
        var activity = _activities.StartActivity($"publish {DestinationOf(route)}", ActivityKind.Producer);
        Describe(activity, "publish", "send", DestinationOf(route), messages)?.SetTag("messaging.rabbitmq.destination.routing_key", route.RoutingKey);
        return activity;
    }

    /// <summary>
    /// The activity of processing what a queue delivered, in the trace of its publisher where it is one message; those of a batch are
    /// linked. The publisher's baggage is the activity's. Null while nobody listens.
    /// </summary>
    public Activity? StartProcess(string queue, ArraySegment<Delivery> deliveries)
    {
        if (!_activities.HasListeners())
        {
            return null;
        }

        var parents = deliveries.Select(static delivery => TracePropagation.ReadParent(delivery.Message)).ToArray();
        var single = parents.Length == 1 ? parents[0] : default;
        var links = parents.Where(static parent => parent != default).Select(static parent => new ActivityLink(parent));
        var activity = _activities.StartActivity($"process {queue}", ActivityKind.Consumer, single, null, links);
        if (Describe(activity, "process", "process", queue, deliveries.Count) is not null && deliveries.Count == 1)
        {
            var message = deliveries[0].Message;
            activity!.SetTag("messaging.message.id", BasicPropertiesReader.MessageId(message.Properties.Span))
                .SetTag("messaging.message.body.size", message.Body.Length);
            TracePropagation.CopyBaggage(message, activity);
        }

        return activity;
    }

    /// <summary>A publish was answered, or failed.</summary>
    public void Published(Route route, int messages, long since, Exception? failure)
    {
        var destination = new KeyValuePair<string, object?>("messaging.destination.name", DestinationOf(route));
        var tags = Tags("publish", "send", destination, failure);
        _sent.Add(messages, tags);
        _operation.Record(_time.GetElapsedTime(since).TotalSeconds, tags);
    }

    /// <summary>A get was answered, or failed.</summary>
    public void Got(string queue, int messages, long since, Exception? failure)
    {
        _operation.Record(_time.GetElapsedTime(since).TotalSeconds, Tags("get", "receive", new("messaging.destination.name", queue), failure));
        Consumed("get", queue, messages);
    }

    /// <summary>Messages were brought to the application.</summary>
    public void Consumed(string operation, string queue, int messages)
    {
        if (messages > 0 && _consumed.Enabled)
        {
            _consumed.Add(messages, System, new("messaging.operation.name", operation), new("messaging.destination.name", queue));
        }
    }

    /// <summary>The application processed what was delivered, or failed to.</summary>
    public void Processed(string queue, long since, Exception? failure) =>
        _process.Record(_time.GetElapsedTime(since).TotalSeconds, Tags("process", "process", new("messaging.destination.name", queue), failure));

    /// <summary>Notes on an activity that what it stands for failed.</summary>
    public static void Fail(Activity? activity, Exception failure) =>
        activity?.SetStatus(ActivityStatusCode.Error, failure.Message).SetTag("error.type", failure.GetType().FullName);

    /// <summary>Ends the activity source, and the meter where it is the connection's own.</summary>
    public void Dispose()
    {
        _activities.Dispose();
        _ownMeter?.Dispose();
    }

    // The default exchange has no name that says anything: its messages go to the queue of the key.
    private static string DestinationOf(Route route) => route.Exchange.Length == 0 ? route.RoutingKey : route.Exchange;

    private static Activity? Describe(Activity? activity, string operation, string type, string destination, int messages)
    {
        activity?.SetTag(System.Key, System.Value)
            .SetTag("messaging.operation.name", operation)
            .SetTag("messaging.operation.type", type)
            .SetTag("messaging.destination.name", destination);
        if (messages > 1)
        {
            activity?.SetTag("messaging.batch.message_count", messages);
        }

        return activity;
    }

    private static TagList Tags(string operation, string type, KeyValuePair<string, object?> destination, Exception? failure)
    {
        var tags = new TagList { System, new("messaging.operation.name", operation), new("messaging.operation.type", type), destination };
        if (failure is not null)
        {
            tags.Add("error.type", failure.GetType().FullName);
        }

        return tags;
    }
}
