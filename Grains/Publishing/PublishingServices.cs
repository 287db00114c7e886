using Microsoft.Extensions.DependencyInjection;
using OrleansBroker.Grains.Interfaces.Publishing;

namespace OrleansBroker.Grains.Publishing;

/// <summary>Registers what publishes at a silo.</summary>
internal static class PublishingServices
{
    public static IServiceCollection AddPublishing(this IServiceCollection services)
    {
        services.AddSingleton<PublishingLog>();
        services.AddSingleton<Links>();
        services.AddSingleton<RouteCache>();
        services.AddSingleton<IPublisher, Publisher>();
        return services;
    }
}
