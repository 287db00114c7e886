using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace OrleansBroker.Grains.Connections;

/// <summary>
/// The sockets of silos, in place of Orleans' own: those read 4 KiB at a time, with a call to the kernel before to learn that there is
/// something and two changes of thread behind, which for a batch of messages that crosses silos is most of its cost.
/// </summary>
internal static class SiloSockets
{
    /// <summary>Replaces Orleans' own; a transport that the application chose stays.</summary>
    public static void AddSiloSockets(this IServiceCollection services)
    {
        services.TryAddSingleton<SiloEndpoints>();
        foreach (var service in services.Where(IsOfOrleans).ToList())
        {
            services.Remove(service);
            if (service.ServiceType == typeof(IConnectionFactory))
            {
                services.AddKeyedSingleton<IConnectionFactory>(
                    service.ServiceKey, static (provider, _) => ActivatorUtilities.CreateInstance<SocketConnector>(provider));
            }
            else
            {
                services.AddKeyedSingleton<IConnectionListenerFactory>(
                    service.ServiceKey, static (provider, _) => ActivatorUtilities.CreateInstance<SocketListenerFactory>(provider));
            }
        }
    }

    private static bool IsOfOrleans(ServiceDescriptor service) =>
        service.IsKeyedService
        && (service.ServiceType == typeof(IConnectionFactory) || service.ServiceType == typeof(IConnectionListenerFactory))
        && service.KeyedImplementationFactory?.Method.Module.Assembly == typeof(CoreHostingExtensions).Assembly;
}
