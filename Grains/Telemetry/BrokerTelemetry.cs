using System.Diagnostics;
using System.Diagnostics.Metrics;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Queues.Core;

namespace OrleansBroker.Grains.Telemetry;

/// <summary>
/// Every instrument and activity of the broker, named after the five verbs. Recording is per batch, so that a message costs nothing
/// of its own. OpenTelemetry's <c>messaging.*</c> metrics describe clients of a broker, not the broker, hence our own prefix; the
/// tags of activities are theirs.
/// </summary>
internal sealed class BrokerTelemetry : IDisposable
{
    /// <summary>Name of the meter and of the activity source.</summary>
    public const string Name = "OrleansBroker";

    private static readonly KeyValuePair<string, object?> AckTag = new("settlement", "ack");
    private static readonly KeyValuePair<string, object?> RejectTag = new("settlement", "reject");
    private static readonly KeyValuePair<string, object?> ReturnTag = new("settlement", "return");
    private static readonly KeyValuePair<string, object?> DiscardTag = new("settlement", "discard");

    private readonly ActivitySource _activities = new(Name);
    private readonly Counter<long> _published;
    private readonly Counter<long> _routed;
    private readonly Counter<long> _unroutable;
    private readonly Counter<long> _enqueued;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _delivered;
    private readonly Counter<long> _settled;
    private readonly Counter<long> _dropped;
    private readonly Counter<long> _deadLettered;
    private readonly Counter<long> _passwords;
    private readonly Counter<long> _traceDropped;
    private readonly Histogram<int> _publishBatch;
    private readonly Histogram<int> _enqueueBatch;
    private readonly Histogram<int> _deliverBatch;
    private readonly Histogram<double> _confirm;
    private readonly Histogram<double> _commit;
    private readonly TimeProvider _time;
    private long _sampledAt;

    /// <summary>The instruments, made by the factory that the host (or a test) owns.</summary>
    public BrokerTelemetry(IMeterFactory meters, TimeProvider time)
    {
        var meter = meters.Create(Name);
        _time = time;
        _published = meter.CreateCounter<long>("orleansbroker.publish.messages", "{message}", "Messages that publishers handed over.");
        _routed = meter.CreateCounter<long>("orleansbroker.route.destinations", "{destination}", "Copies that routing made, one per destination.");
        _unroutable = meter.CreateCounter<long>("orleansbroker.route.unroutable", "{message}", "Messages that no destination wanted.");
        _enqueued = meter.CreateCounter<long>("orleansbroker.enqueue.messages", "{message}", "Messages that queues took.");
        _refused = meter.CreateCounter<long>("orleansbroker.enqueue.refused", "{message}", "Messages that full queues refused.");
        _delivered = meter.CreateCounter<long>("orleansbroker.deliver.messages", "{message}", "Messages sent to consumers.");
        _settled = meter.CreateCounter<long>("orleansbroker.settle.messages", "{message}", "Deliveries settled, by how.");
        _dropped = meter.CreateCounter<long>("orleansbroker.queue.dropped", "{message}", "Messages that left a queue unread, by reason.");
        _deadLettered = meter.CreateCounter<long>("orleansbroker.queue.dead_lettered", "{message}", "Messages stored at their dead-letter target.");
        _passwords = meter.CreateCounter<long>("orleansbroker.access.passwords", "{password}", "Passwords that were verified by their hash; logins of a storm share one.");
        _traceDropped = meter.CreateCounter<long>("orleansbroker.trace.dropped", "{message}", "Copies of traced messages that were not published.");
        _publishBatch = meter.CreateHistogram<int>("orleansbroker.publish.batch", "{message}", "Messages in one publish.");
        _enqueueBatch = meter.CreateHistogram<int>("orleansbroker.enqueue.batch", "{message}", "Messages in one Enqueue call.");
        _deliverBatch = meter.CreateHistogram<int>("orleansbroker.deliver.batch", "{message}", "Messages in one Deliver call.");
        var seconds = new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5] };
        _confirm = meter.CreateHistogram("orleansbroker.publish.confirm.duration", "s", "From a publisher's handing over a batch until all of it may be confirmed.", tags: null, seconds);
        _commit = meter.CreateHistogram("orleansbroker.store.commit.duration", "s", "From handing a write to the store until it is committed.", tags: null, seconds);
        Queues = new QueueGauges(meter, time);
    }

    /// <summary>What the instruments count and cannot tell.</summary>
    public FlowCounters Flow { get; } = new();

    /// <summary>What was published to exchanges.</summary>
    public ExchangeCounters Exchanges { get; } = new();

    /// <summary>The active queues.</summary>
    public QueueGauges Queues { get; }

    /// <summary>Publish: a publisher handed over a batch.</summary>
    public void Published(int messages)
    {
        Queues.Totals.AddShared(MessageCount.Publish, messages);
        _published.Add(messages);
        _publishBatch.Record(messages);
    }

    /// <summary>Publish: a batch may be confirmed, or its outcome is known to be another.</summary>
    /// <param name="since">When it was handed over, by <see cref="Timestamp"/>.</param>
    /// <param name="trace">What the batch was published in, where that is traced: its measurement is an example of the trace.</param>
    public void Confirmed(long since, ExecutionContext? trace)
    {
        var seconds = _time.GetElapsedTime(since).TotalSeconds;
        if (trace is null)
        {
            _confirm.Record(seconds);
        }
        else
        {
            ExecutionContext.Run(trace, static state => Record(state!), (_confirm, seconds));
        }

        static void Record(object state)
        {
            var (confirm, seconds) = ((Histogram<double>, double))state;
            confirm.Record(seconds);
        }
    }

    /// <summary>Now, on the clock that durations are measured by.</summary>
    public long Timestamp => _time.GetTimestamp();

    /// <summary>Route: a batch was routed to so many destinations in all.</summary>
    public void Routed(int destinations)
    {
        _routed.Add(destinations);
        Flow.Routed(destinations);
    }

    /// <summary>Route: messages that no destination wanted.</summary>
    public void Unroutable(int messages) => _unroutable.Add(messages);

    /// <summary>Enqueue: a queue took a batch.</summary>
    public void Enqueued(int messages)
    {
        _enqueued.Add(messages);
        _enqueueBatch.Record(messages);
    }

    /// <summary>Enqueue: messages that a full queue refused.</summary>
    public void Refused(int messages) => _refused.Add(messages);

    /// <summary>Deliver: a batch was sent to a consumer.</summary>
    public void Delivered(int messages)
    {
        _delivered.Add(messages);
        _deliverBatch.Record(messages);
    }

    /// <summary>Settle: deliveries that were settled alike.</summary>
    public void Settled(Settlement how, long messages) => _settled.Add(messages, how switch
    {
        Settlement.Ack => AckTag,
        Settlement.Reject => RejectTag,
        Settlement.Return or Settlement.Release => ReturnTag,
        _ => DiscardTag,
    });

    /// <summary>Messages left a queue unread.</summary>
    /// <param name="reason">Why; the metric has RabbitMQ's words: expired, maxlen, delivery_limit, rejected.</param>
    /// <param name="messages">How many.</param>
    public void Dropped(DropReason reason, long messages)
    {
        _dropped.Add(messages, new KeyValuePair<string, object?>("reason", DropReasons.NameOf(reason)));
        Flow.Dropped(reason, messages);
    }

    /// <summary>Messages were stored at their dead-letter target and removed from their queue.</summary>
    public void DeadLettered(int messages)
    {
        _deadLettered.Add(messages);
        Flow.DeadLettered(messages);
    }

    /// <summary>A password was verified by its hash.</summary>
    public void PasswordVerified() => _passwords.Add(1);

    /// <summary>A copy of a traced message is not published.</summary>
    public void TraceDropped() => _traceDropped.Add(1);

    /// <summary>A write was committed; measured inside its activity, so that it can be an example of the trace.</summary>
    public void Committed(TimeSpan duration) => _commit.Record(duration.TotalSeconds);

    /// <summary>Takes the rates since the last sample.</summary>
    public void Sample()
    {
        var now = _time.GetTimestamp();
        var seconds = _sampledAt == 0 ? 0 : _time.GetElapsedTime(_sampledAt, now).TotalSeconds;
        _sampledAt = now;
        Queues.Sample(_time);
        Flow.Sample(seconds);
        Exchanges.Sample(seconds);
    }

    /// <summary>The gauge of a queue that activates; its grain sets it after each turn and disposes it when it deactivates.</summary>
    public QueueGauge Track(QueueId queue, bool isExclusive = false, long? movedAt = null) => Queues.Track(queue, isExclusive, movedAt);

    /// <summary>Whether somebody listens to activities: without one nothing is to be found out for them.</summary>
    public bool HasListeners => _activities.HasListeners();

    /// <summary>
    /// An activity around one batch's step, or null when nobody listens or the publishers do not sample. Messages of one trace continue
    /// it; those of several traces are linked, as a batch can have one parent only.
    /// </summary>
    /// <param name="verb">publish, route, enqueue, deliver or settle, or persist for the store's part in enqueueing.</param>
    /// <param name="destination">The queue, or the virtual host of a batch that may go to many.</param>
    /// <param name="messages">The batch.</param>
    public Activity? Start(string verb, string destination, ReadOnlySpan<BrokerMessage> messages)
    {
        if (!_activities.HasListeners())
        {
            return null;
        }

        var traces = TraceContexts.Of(messages);
        if (traces.AreUnsampled)
        {
            return null;
        }

        var isOne = traces.TryGetSingle(out var parent);
        // Routing is a part of publishing, which has the links. Whatever else happens within another step is of other messages.
        var isNested = verb == "route" && Activity.Current?.Source == _activities;
        var links = isNested || traces.Sampled.Count < 2 ? null : traces.Sampled.Select(static context => new ActivityLink(context));
        var activity = _activities.StartActivity(verb, ActivityKind.Internal, isOne && !isNested ? parent : default, null, links);
        return activity is null ? null : Describe(activity, verb, destination, messages);
    }

    private static Activity Describe(Activity activity, string verb, string destination, ReadOnlySpan<BrokerMessage> messages)
    {
        activity.SetTag("messaging.system", "orleansbroker")
            .SetTag("messaging.operation.name", verb)
            .SetTag("messaging.destination.name", destination)
            .SetTag("messaging.batch.message_count", messages.Length);
        if (verb switch { "publish" => "send", "deliver" => "receive", "settle" => "settle", _ => null } is { } type)
        {
            activity.SetTag("messaging.operation.type", type);
        }

        if (messages.Length == 1)
        {
            activity.SetTag("messaging.rabbitmq.destination.routing_key", messages[0].RoutingKey)
                .SetTag("messaging.message.id", BasicPropertiesReader.MessageId(messages[0].Properties.Span))
                .SetTag("messaging.message.body.size", messages[0].Body.Length);
        }

        return activity;
    }

    /// <summary>Ends the activity source; the meter is its factory's.</summary>
    public void Dispose() => _activities.Dispose();
}
