namespace OrleansBroker.Management.Overview;

/// <summary>The user who asks.</summary>
internal sealed record WhoAmI(string Name, IReadOnlyList<string> Tags);
