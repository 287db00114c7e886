using System.Globalization;
using System.Text.Json;
using OrleansBroker.Grains.Access;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Policies;

namespace OrleansBroker.Grains.Policies;

/// <summary>What a policy may say, refused in RabbitMQ's words.</summary>
internal static class PolicyRules
{
    private static readonly string[] Targets = ["all", "queues", "exchanges", "classic_queues", "quorum_queues", "streams"];

    private static readonly Dictionary<string, Setting> Settings = new(StringComparer.Ordinal)
    {
        ["alternate-exchange"] = new(IsText, "alternate exchange name"),
        ["consumer-disconnected-timeout"] = new(IsCount, "consumer disconnected timeout"),
        ["consumer-timeout"] = new(IsCount, "consumer timeout"),
        ["dead-letter-exchange"] = new(IsText, "dead letter exchange name"),
        ["dead-letter-routing-key"] = new(IsText, "dead letter routing key"),
        ["dead-letter-strategy"] = new(Among("at-most-once", "at-least-once"), "dead letter strategy"),
        ["delayed-retry-max"] = new(IsCount, "delayed retry maximum"),
        ["delayed-retry-min"] = new(IsCount, "delayed retry minimum"),
        ["delayed-retry-type"] = new(Among("disabled", "all", "failed", "returned"), "delayed retry type"),
        ["delivery-limit"] = new(IsInteger, "delivery limit", Operators: true),
        ["expires"] = new(value => IsInteger(value) && value.GetInt64() >= 1, "queue expiry", Operators: true),
        ["initial-cluster-size"] = new(IsCount, "cluster size"),
        ["max-age"] = new(IsText, "max age"),
        ["max-in-memory-bytes"] = new(IsCount, "maximum memory in bytes", Operators: true),
        ["max-in-memory-length"] = new(IsCount, "maximum memory in bytes", Operators: true),
        ["max-length"] = new(IsCount, "maximum length", Operators: true),
        ["max-length-bytes"] = new(IsCount, "maximum length in bytes", Operators: true),
        ["message-ttl"] = new(IsCount, "message TTL", Operators: true),
        ["overflow"] = new(Among("drop-head", "reject-publish", "reject-publish-dlx"), "overflow value", Operators: true),
        ["queue-leader-locator"] = new(Among("client-local", "balanced", "random", "least-leaders"), "queue leader locator value"),
        ["queue-master-locator"] = new(IsText, "queue master locator"),
        ["queue-mode"] = new(Among("default", "lazy"), "queue-mode value"),
        ["queue-version"] = new(value => IsInteger(value) && value.GetInt64() is 1 or 2, "queue-version value", Operators: true),
        ["stream-filter-size-bytes"] = new(value => IsInteger(value) && value.GetInt64() is >= 16 and <= 255, "filter size. Valid range is 16-255"),
        ["stream-max-segment-size-bytes"] = new(IsCount, "segment size"),
        ["target-group-size"] = new(IsCount, "target group size", Operators: true),
        // Of mirrored queues, federation and sharding: kept, so that definitions come and go whole, without a meaning here.
        ["federation-upstream"] = new(IsText, "upstream name"),
        ["federation-upstream-pattern"] = new(IsText, "upstream pattern"),
        ["federation-upstream-set"] = new(IsText, "upstream set name"),
        ["ha-mode"] = new(IsText, "ha-mode value", Operators: true),
        ["ha-params"] = new(static _ => true, "ha-params value", Operators: true),
        ["ha-promote-on-failure"] = new(IsText, "ha-promote-on-failure value"),
        ["ha-promote-on-shutdown"] = new(IsText, "ha-promote-on-shutdown value"),
        ["ha-sync-batch-size"] = new(IsCount, "ha-sync-batch-size value"),
        ["ha-sync-mode"] = new(IsText, "ha-sync-mode value", Operators: true),
        ["routing-key"] = new(IsText, "routing key"),
        ["shards-per-node"] = new(IsCount, "shards-per-node value"),
    };

    /// <summary>Refuses what cannot be.</summary>
    /// <exception cref="BrokerException">406, with RabbitMQ's text.</exception>
    public static void Check(Policy policy)
    {
        if (policy.Name.Length == 0 || policy.Name.AsSpan().ContainsAny('\r', '\n') || System.Text.Encoding.UTF8.GetByteCount(policy.Name) > 255)
        {
            throw Invalid("a policy's name has 1 to 255 octets and no line breaks");
        }

        // RabbitMQ names all that is wrong, the last first.
        var problems = Problems(policy).ToList();
        if (problems.Count > 0)
        {
            throw Invalid(string.Join('\n', problems));
        }
    }

    /// <summary>A validation's refusal.</summary>
    public static BrokerException Invalid(string problem) => new(ReplyCode.PreconditionFailed, $"Validation failed\n\n{problem}\n");

    private static IEnumerable<string> Problems(Policy policy)
    {
        if (DefinitionProblem(policy) is { } definition)
        {
            yield return definition;
        }

        if (!Targets.Contains(policy.ApplyTo))
        {
            yield return $"apply-to '{policy.ApplyTo}' unrecognised; should be one of: 'queues', 'classic_queues', 'quorum_queues', 'streams', 'exchanges', or 'all'";
        }

        if (!NamePattern.TryParse(policy.Pattern, out _, out var problem))
        {
            yield return $"pattern should be regular expression but is invalid: {problem} Allowed: {NamePattern.Allowed}.";
        }
    }

    private static string? DefinitionProblem(Policy policy)
    {
        if (policy.Definition.ValueKind != JsonValueKind.Object)
        {
            return $"definition must be a dictionary: {ErlangText.Of(policy.Definition)}";
        }

        var settings = policy.Definition.EnumerateObject().ToList();
        if (settings.Count == 0)
        {
            return "no policy provided";
        }

        var unknown = settings.Where(setting => !Settings.TryGetValue(setting.Name, out var known) || (policy.Kind == PolicyKind.OperatorPolicy && !known.Operators)).ToList();
        if (unknown.Count > 0)
        {
            return $"[{string.Join(',', unknown.Select(setting => $"{{<<\"{setting.Name}\">>,{ErlangText.Of(setting.Value)}}}"))}] are not recognised policy settings";
        }

        return settings
            .Where(setting => !Settings[setting.Name].IsValid(setting.Value))
            .Select(setting => $"{ErlangText.Of(setting.Value)} is not a valid {Settings[setting.Name].What}")
            .FirstOrDefault();
    }

    private static bool IsText(JsonElement value) => value.ValueKind == JsonValueKind.String;

    private static bool IsInteger(JsonElement value) => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _);

    private static bool IsCount(JsonElement value) => IsInteger(value) && value.GetInt64() >= 0;

    private static Func<JsonElement, bool> Among(params string[] texts) => value => IsText(value) && texts.Contains(value.GetString());

    private sealed record Setting(Func<JsonElement, bool> IsValid, string What, bool Operators = false);
}

/// <summary>JSON values as RabbitMQ's messages show them.</summary>
internal static class ErlangText
{
    public static string Of(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => $"<<\"{value.GetString()}\">>",
        JsonValueKind.Array => $"[{string.Join(',', value.EnumerateArray().Select(Of))}]",
        JsonValueKind.Object => string.Create(
            CultureInfo.InvariantCulture, $"#{{{string.Join(',', value.EnumerateObject().Select(p => $"<<\"{p.Name}\">> => {Of(p.Value)}"))}}}"),
        _ => value.GetRawText(),
    };
}
