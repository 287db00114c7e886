using System.Text.Json;
using OrleansBroker.Grains.Access;
using OrleansBroker.Grains.Interfaces.Policies;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Queues.Core;

namespace OrleansBroker.Grains.Policies;

/// <summary>A policy, ready to be matched.</summary>
internal sealed class MatchedPolicy(Policy policy)
{
    private readonly Lazy<NamePattern?> _pattern = new(() => NamePattern.TryParse(policy.Pattern, out var pattern, out _) ? pattern : null);

    // Whatever is not merged takes the operator's place too: an operator's policy has no such key.
    private readonly Lazy<IReadOnlyDictionary<string, JsonElement>> _definition = new(() =>
        policy.Definition.EnumerateObject().ToDictionary(setting => setting.Name, setting => setting.Value, StringComparer.Ordinal));

    public Policy Policy => policy;

    public IReadOnlyDictionary<string, JsonElement> Definition => _definition.Value;

    public bool AppliesTo(QueueDefinition queue) => policy.ApplyTo switch
    {
        "all" or "queues" => true,
        "quorum_queues" => queue.Arguments["x-queue-type"] is QueueArguments.Quorum,
        "classic_queues" => queue.Arguments["x-queue-type"] is null or QueueArguments.Classic,
        "streams" => queue.Arguments["x-queue-type"] is "stream",
        _ => false,
    } && Matches(queue.Id.Name);

    public bool AppliesTo(ExchangeDefinition exchange) => policy.ApplyTo is "all" or "exchanges" && Matches(exchange.Id.Name);

    // The empty pattern is in every name, other than a permission's.
    private bool Matches(string name) => policy.Pattern.Length == 0 || _pattern.Value?.Matches(name) == true;
}
