using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace OrleansBroker.Silo.Health;

/// <summary>The silo is an active member of its cluster.</summary>
internal sealed class SiloHealthCheck(ISiloStatusOracle status) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(status.CurrentStatus == SiloStatus.Active
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy($"The silo is {status.CurrentStatus}."));
}
