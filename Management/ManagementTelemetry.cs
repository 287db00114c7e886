using System.Diagnostics.Metrics;

namespace OrleansBroker.Management;

/// <summary>Every instrument of the HTTP API.</summary>
internal sealed class ManagementTelemetry
{
    /// <summary>Name of the meter.</summary>
    public const string Name = "OrleansBroker.Management";

    private readonly Counter<long> _refusedLogins;

    /// <summary>The instruments, made by the factory that the host (or a test) owns.</summary>
    public ManagementTelemetry(IMeterFactory meters) =>
        _refusedLogins = meters.Create(Name).CreateCounter<long>("orleansbroker.http.logins.refused", "{login}", "HTTP logins that were refused.");

    /// <summary>A login was refused.</summary>
    public void LoginRefused() => _refusedLogins.Add(1);
}
