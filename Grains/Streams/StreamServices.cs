using Microsoft.Extensions.DependencyInjection;

namespace OrleansBroker.Grains.Streams;

/// <summary>Registers what brings messages to grains and to other providers' streams.</summary>
internal static class StreamServices
{
    /// <summary>Adds the consumers of durable subscriptions and the stream destinations.</summary>
    public static IServiceCollection AddStreams(this IServiceCollection services)
    {
        services.AddSingleton<ISubscriptionConsumers, SubscriptionConsumers>();
        services.AddSingleton<IStreamDestinations, StreamDestinations>();
        return services;
    }
}
