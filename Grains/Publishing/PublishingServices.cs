using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OrleansBroker.Grains.Interfaces.Publishing;
using OrleansBroker.Grains.Interfaces.Tracing;
using OrleansBroker.Grains.Settings;
using OrleansBroker.Grains.Tracing;

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
        services.AddSingleton<Firehose>();
        services.AddSingleton<IFirehose>(provider => provider.GetRequiredService<Firehose>());
        services.AddSingleton<ISettingsListener>(provider => provider.GetRequiredService<Firehose>());
        services.AddSingleton<IHostedService, FirehosePublisher>();
        return services;
    }
}
