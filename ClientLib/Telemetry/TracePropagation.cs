using System.Diagnostics;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Messages;

namespace OrleansBroker.ClientLib.Telemetry;

/// <summary>Carries traces and baggage in a message's headers: <c>traceparent</c>, <c>tracestate</c> and <c>baggage</c>, as the W3C has them.</summary>
internal static class TracePropagation
{
    private static readonly DistributedContextPropagator Propagator = DistributedContextPropagator.CreateW3CPropagator();

    /// <summary>The message with the activity's context in its headers; those that the application set itself stay.</summary>
    public static BrokerMessage With(BrokerMessage message, Activity activity)
    {
        var carried = new List<KeyValuePair<string, object?>>();
        Propagator.Inject(activity, carried, static (carrier, name, value) => ((List<KeyValuePair<string, object?>>)carrier!).Add(new(name, value)));
        var properties = BasicPropertiesReader.Read(message.Properties.Span);
        var headers = properties.Headers ?? FieldTable.Empty;
        if (carried.Count == 0 || headers.ContainsKey("traceparent"))
        {
            return message;
        }

        var all = new FieldTable(headers.Concat(carried.Where(field => !headers.ContainsKey(field.Key))));
        return message.WithProperties(BasicPropertiesWriter.ToArray(properties with { Headers = all }));
    }

    /// <summary>The publisher's context; the default where the message carries none.</summary>
    public static ActivityContext ReadParent(BrokerMessage message)
    {
        if (HeadersOf(message) is not { } headers)
        {
            return default;
        }

        Propagator.ExtractTraceIdAndState(headers, Read, out var parent, out var state);
        return ActivityContext.TryParse(parent, state, isRemote: true, out var context) ? context : default;
    }

    /// <summary>Gives an activity the message's baggage.</summary>
    public static void CopyBaggage(BrokerMessage message, Activity activity)
    {
        if (HeadersOf(message) is { } headers)
        {
            foreach (var (name, value) in Propagator.ExtractBaggage(headers, Read) ?? [])
            {
                activity.AddBaggage(name, value);
            }
        }
    }

    private static FieldTable? HeadersOf(BrokerMessage message) =>
        (BasicPropertiesReader.Flags(message.Properties.Span) & PropertyFlags.Headers) == 0 ? null : BasicPropertiesReader.Headers(message.Properties.Span);

    private static void Read(object? headers, string name, out string? value, out IEnumerable<string>? values)
    {
        value = ((FieldTable)headers!)[name] as string;
        values = null;
    }
}
