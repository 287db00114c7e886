using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace OrleansBroker.Storage.PostgreSql;

/// <summary>Registers the shared store.</summary>
public static class PostgreSqlServices
{
    /// <summary>
    /// Keeps queues and definitions in a PostgreSQL database that several silos share. It is opened when it is first asked for, and
    /// closed with the container.
    /// </summary>
    public static IServiceCollection AddPostgreSqlStores(this IServiceCollection services, Action<PostgreSqlOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return services
            .AddSingleton(provider => Open(provider, configure))
            .AddSingleton(static provider => provider.GetRequiredService<PostgreSqlStore>().Queues)
            .AddSingleton(static provider => provider.GetRequiredService<PostgreSqlStore>().Topology);
    }

    private static PostgreSqlStore Open(IServiceProvider provider, Action<PostgreSqlOptions> configure)
    {
        var options = new PostgreSqlOptions();
        configure(options);

        // Containers create their services synchronously; off the caller's context nothing waits for itself.
        return Task.Run(() => PostgreSqlStore.OpenAsync(
            options, provider.GetService<TimeProvider>(), provider.GetService<IMeterFactory>(), provider.GetService<ILogger<PostgreSqlStore>>()))
            .GetAwaiter().GetResult();
    }
}
