using System.Text.Json;

namespace OrleansBroker.Grains.Interfaces.Policies;

/// <summary>Whose policy it is.</summary>
public enum PolicyKind
{
    /// <summary>The users'.</summary>
    Policy,
    /// <summary>The operator's: holds beside the users', whatever theirs say.</summary>
    OperatorPolicy,
}

/// <summary>Settings for all queues or exchanges of a virtual host whose names match a pattern.</summary>
public sealed record Policy
{
    /// <summary>Whose it is.</summary>
    public PolicyKind Kind { get; init; }

    /// <summary>The virtual host.</summary>
    public required string VirtualHost { get; init; }

    /// <summary>The policy's name.</summary>
    public required string Name { get; init; }

    /// <summary>A regular expression that the names contain a match of.</summary>
    public required string Pattern { get; init; }

    /// <summary>all, queues, exchanges, classic_queues, quorum_queues or streams.</summary>
    public string ApplyTo { get; init; } = "all";

    /// <summary>Of several that match, the one with the highest holds.</summary>
    public long Priority { get; init; }

    /// <summary>The settings: a JSON object.</summary>
    public required JsonElement Definition { get; init; }
}

/// <summary>What holds for one queue or exchange.</summary>
public sealed record EffectivePolicy
{
    /// <summary>No policy.</summary>
    public static EffectivePolicy None { get; } = new();

    /// <summary>The name of the users' policy; null: none matches.</summary>
    public string? Policy { get; init; }

    /// <summary>The name of the operator's policy; null: none matches.</summary>
    public string? OperatorPolicy { get; init; }

    /// <summary>The settings of both, merged.</summary>
    public IReadOnlyDictionary<string, JsonElement> Definition { get; init; } = new Dictionary<string, JsonElement>();
}
