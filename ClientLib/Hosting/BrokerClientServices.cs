using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace OrleansBroker.ClientLib.Hosting;

/// <summary>Registers the native client in an application that already has an Orleans client, or is a silo.</summary>
public static class BrokerClientServices
{
    /// <summary>
    /// Adds <see cref="IBrokerConnection"/> and <see cref="Connection"/>, one for the application, opened when it is first used. Inside
    /// a silo, without options, it needs no login: code there is trusted.
    /// </summary>
    public static IServiceCollection AddBrokerClient(this IServiceCollection services, ConnectionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (services.Any(s => s.ServiceType == typeof(BrokerConnections)))
        {
            return services;
        }

        services.AddSingleton(provider => new BrokerConnections(provider.GetRequiredService<IClusterClient>(), options));
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<BrokerConnections>());
        services.TryAddSingleton(provider => provider.GetRequiredService<BrokerConnections>().Of(null));
        services.TryAddSingleton<IBrokerConnection>(provider => provider.GetRequiredService<Connection>());
        return services;
    }
}
