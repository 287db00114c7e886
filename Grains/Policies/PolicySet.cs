using OrleansBroker.Grains.Interfaces.Policies;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Policies;

/// <summary>The policies of a virtual host. For each queue and exchange one of the users' holds and one of the operator's.</summary>
internal sealed class PolicySet
{
    /// <summary>No policies.</summary>
    public static readonly PolicySet None = new([]);

    private readonly MatchedPolicy[] _policies;
    private readonly MatchedPolicy[] _operators;

    public PolicySet(IEnumerable<MatchedPolicy> policies)
    {
        // The highest priority first; of equal ones the first by name, so that the choice is the same on every silo.
        var ordered = policies.OrderByDescending(p => p.Policy.Priority).ThenBy(p => p.Policy.Name, StringComparer.Ordinal).ToArray();
        _policies = [.. ordered.Where(p => p.Policy.Kind == PolicyKind.Policy)];
        _operators = [.. ordered.Where(p => p.Policy.Kind == PolicyKind.OperatorPolicy)];
    }

    public IEnumerable<Policy> All => _policies.Concat(_operators).Select(p => p.Policy);

    public bool IsSame(PolicySet other) => _policies.AsSpan().SequenceEqual(other._policies) && _operators.AsSpan().SequenceEqual(other._operators);

    /// <summary>Whether all virtual hosts have the policies that they had.</summary>
    public static bool AreSame(IReadOnlyDictionary<string, PolicySet> before, IReadOnlyDictionary<string, PolicySet> now) =>
        before.Count == now.Count && now.All(set => before.GetValueOrDefault(set.Key) == set.Value);

    public EffectivePolicy Of(QueueDefinition queue) => Merge(
        Array.Find(_policies, policy => policy.AppliesTo(queue)), Array.Find(_operators, policy => policy.AppliesTo(queue)));

    public EffectivePolicy Of(ExchangeDefinition exchange) => Merge(
        Array.Find(_policies, policy => policy.AppliesTo(exchange)), Array.Find(_operators, policy => policy.AppliesTo(exchange)));

    /// <summary>The alternate exchange that the policies give an exchange; null: none.</summary>
    public string? AlternateOf(ExchangeDefinition exchange) =>
        _policies.Length + _operators.Length > 0
        && Of(exchange).Definition.TryGetValue("alternate-exchange", out var name) && name.ValueKind == System.Text.Json.JsonValueKind.String
            ? name.GetString()
            : null;

    private static EffectivePolicy Merge(MatchedPolicy? policy, MatchedPolicy? operatorPolicy) => policy is null && operatorPolicy is null
        ? EffectivePolicy.None
        : new EffectivePolicy
        {
            Policy = policy?.Policy.Name,
            OperatorPolicy = operatorPolicy?.Policy.Name,
            Definition = PolicyMerging.Merge(policy?.Definition, operatorPolicy?.Definition),
        };
}
