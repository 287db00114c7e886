using Microsoft.Extensions.Diagnostics.HealthChecks;
using OrleansBroker.Grains.Interfaces.Stores;

namespace OrleansBroker.Silo.Health;

/// <summary>The store takes a write: a number of a sequence that nobody else uses.</summary>
internal sealed class StoreHealthCheck(ITopologyStore store) : IHealthCheck
{
    private const string Sequence = "health";

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        // A store that waits for its database may wait for longer than whoever asks.
        await store.AllocateAsync(Sequence, 1, cancellationToken).WaitAsync(cancellationToken);
        return HealthCheckResult.Healthy();
    }
}
