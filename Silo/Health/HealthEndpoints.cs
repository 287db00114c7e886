using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace OrleansBroker.Silo.Health;

/// <summary><c>/health/live</c>: the process answers. <c>/health/ready</c>: it takes messages.</summary>
internal static class HealthEndpoints
{
    private const string Ready = "ready";

    // Longer than any sync, and less than the 5 s that the probes of our manifests wait: they get an answer.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    public static void AddHealth(this IHostApplicationBuilder builder) => builder.Services.AddHealthChecks()
        .AddCheck<SiloHealthCheck>("silo", tags: [Ready])
        .AddCheck<StoreHealthCheck>("store", tags: [Ready], failureStatus: null, timeout: Patience);

    public static void MapHealth(this WebApplication app)
    {
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains(Ready) });
    }
}
