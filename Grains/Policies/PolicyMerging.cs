using System.Text.Json;
using OrleansBroker.Grains.Interfaces.Policies;
using OrleansBroker.Grains.Queues.Core;

namespace OrleansBroker.Grains.Policies;

/// <summary>How a users' policy, an operator's policy and a queue's arguments come together (RabbitMQ's merge strategies).</summary>
internal static class PolicyMerging
{
    private static readonly string[] Smallest =
        ["message-ttl", "expires", "max-length", "max-length-bytes", "max-in-memory-length", "max-in-memory-bytes"];

    /// <summary>The settings of both; where both have one, numeric limits take the smaller and everything else the operator's.</summary>
    public static IReadOnlyDictionary<string, JsonElement> Merge(
        IReadOnlyDictionary<string, JsonElement>? policy, IReadOnlyDictionary<string, JsonElement>? operatorPolicy)
    {
        if (policy is null || operatorPolicy is null)
        {
            return policy ?? operatorPolicy ?? EffectivePolicy.None.Definition;
        }

        var merged = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var (key, value) in policy)
        {
            merged[key] = value;
        }

        foreach (var (key, value) in operatorPolicy)
        {
            merged[key] = merged.TryGetValue(key, out var users) ? Choose(key, users, value) : value;
        }

        return merged;
    }

    /// <summary>The settings that a queue knows, typed.</summary>
    public static QueuePolicy Typed(IReadOnlyDictionary<string, JsonElement> definition) => definition.Count == 0 ? QueuePolicy.None : new QueuePolicy
    {
        MessageTtl = Milliseconds(definition, "message-ttl"),
        Expires = Milliseconds(definition, "expires"),
        MaxLength = Number(definition, "max-length"),
        MaxLengthBytes = Number(definition, "max-length-bytes"),
        Overflow = Text(definition, "overflow"),
        DeadLetterExchange = Text(definition, "dead-letter-exchange"),
        DeadLetterRoutingKey = Text(definition, "dead-letter-routing-key"),
        DeliveryLimit = Number(definition, "delivery-limit"),
        ConsumerTimeout = Milliseconds(definition, "consumer-timeout"),
        RetryType = Text(definition, "delayed-retry-type"),
        RetryMin = Milliseconds(definition, "delayed-retry-min"),
        RetryMax = Milliseconds(definition, "delayed-retry-max"),
    };

    private static JsonElement Choose(string key, JsonElement users, JsonElement operators)
    {
        if (!TryInteger(users, out var ours) || !TryInteger(operators, out var theirs))
        {
            return operators;
        }

        if (key == "delivery-limit")
        {
            // A negative limit is none: then the other one is stricter.
            return (ours < 0 || theirs < 0 ? ours > theirs : ours < theirs) ? users : operators;
        }

        return Smallest.Contains(key) && ours < theirs ? users : operators;
    }

    private static bool TryInteger(JsonElement value, out long number)
    {
        number = 0;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out number);
    }

    private static long? Number(IReadOnlyDictionary<string, JsonElement> definition, string key) =>
        definition.TryGetValue(key, out var value) && TryInteger(value, out var number) ? number : null;

    // So long that it is for ever, and can be added to any time.
    private static long? Milliseconds(IReadOnlyDictionary<string, JsonElement> definition, string key) =>
        Number(definition, key) is { } number ? Math.Min(number, uint.MaxValue) : null;

    private static string? Text(IReadOnlyDictionary<string, JsonElement> definition, string key) =>
        definition.TryGetValue(key, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
