using System.Diagnostics;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Grains.Interfaces.Messages;

namespace OrleansBroker.Grains.Telemetry;

/// <summary>
/// The traces that a batch's messages are part of, by the W3C headers that their publishers gave them. Only looked for while somebody
/// listens. What a publisher does not sample counts as not there.
/// </summary>
internal readonly struct TraceContexts
{
    // As many links as OpenTelemetry keeps of an activity.
    private const int Most = 128;

    private const string Parent = "traceparent";
    private const string State = "tracestate";

    private TraceContexts(List<ActivityContext> sampled, bool areUnsampled)
    {
        Sampled = sampled;
        AreUnsampled = areUnsampled;
    }

    /// <summary>Those to be traced, each once.</summary>
    public IReadOnlyList<ActivityContext> Sampled { get; }

    /// <summary>All messages have a trace, and none is to be told of.</summary>
    public bool AreUnsampled { get; }

    public static TraceContexts Of(ReadOnlySpan<BrokerMessage> messages)
    {
        var sampled = new List<ActivityContext>();
        var areUnsampled = messages.Length > 0;
        foreach (var message in messages)
        {
            if (!TryRead(message, out var context))
            {
                areUnsampled = false;
            }
            else if ((context.TraceFlags & ActivityTraceFlags.Recorded) != 0)
            {
                areUnsampled = false;
                // Messages of one publish follow one another.
                if (sampled.Count < Most && (sampled.Count == 0 || (sampled[^1] != context && !sampled.Contains(context))))
                {
                    sampled.Add(context);
                }
            }
        }

        return new TraceContexts(sampled, areUnsampled);
    }

    /// <summary>Whether all are of one trace, and which context stands for it.</summary>
    public bool TryGetSingle(out ActivityContext context)
    {
        var first = Sampled.Count > 0 ? Sampled[0] : default;
        context = first;
        return Sampled.Count > 0 && Sampled.All(other => other.TraceId == first.TraceId);
    }

    private static bool TryRead(BrokerMessage message, out ActivityContext context)
    {
        context = default;
        if ((BasicPropertiesReader.Flags(message.Properties.Span) & PropertyFlags.Headers) == 0)
        {
            return false;
        }

        var headers = BasicPropertiesReader.Headers(message.Properties.Span)!;
        return headers[Parent] is string parent && ActivityContext.TryParse(parent, headers[State] as string, isRemote: true, out context);
    }
}
