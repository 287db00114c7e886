namespace OrleansBroker.Management.Health;

/// <summary>What a health check answers.</summary>
internal sealed record HealthItem(string Status)
{
    public string? Reason { get; init; }
    public int? Port { get; init; }
    public string? Protocol { get; init; }
    public string? Missing { get; init; }
    public IReadOnlyList<int>? Ports { get; init; }
    public IReadOnlyList<string>? Protocols { get; init; }
    public IReadOnlyList<AlarmItem>? Alarms { get; init; }
    public int? RunningNodes { get; init; }
    public int? TargetClusterSize { get; init; }
    public int? Connections { get; init; }
    public int? Limit { get; init; }
}

/// <summary>An alarm that is raised.</summary>
internal sealed record AlarmItem(string Node, string Resource);
