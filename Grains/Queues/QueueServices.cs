using Microsoft.Extensions.DependencyInjection;

namespace OrleansBroker.Grains.Queues;

/// <summary>Registers what queue grains need.</summary>
internal static class QueueServices
{
    public static IServiceCollection AddQueues(this IServiceCollection services)
    {
        services.AddSingleton<QueueLog>();
        services.AddSingleton<QueueContext>();
        return services;
    }
}
