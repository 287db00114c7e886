namespace OrleansBroker.Management.Api;

/// <summary>Who asks.</summary>
internal sealed class ApiUser(string name, IReadOnlyList<string> tags)
{
    private const string Administrator = "administrator";
    private const string Monitoring = "monitoring";
    private const string Policymaker = "policymaker";
    private const string Management = "management";

    public string Name => name;

    public IReadOnlyList<string> Tags => tags;

    public bool IsAdministrator { get; } = tags.Contains(Administrator);

    public bool IsMonitor { get; } = tags.Contains(Administrator) || tags.Contains(Monitoring);

    public bool IsPolicymaker { get; } = tags.Contains(Administrator) || tags.Contains(Policymaker);

    public bool MayUseManagement { get; } =
        tags.Contains(Administrator) || tags.Contains(Monitoring) || tags.Contains(Policymaker) || tags.Contains(Management);
}
