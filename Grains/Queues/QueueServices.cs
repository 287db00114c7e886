using Microsoft.Extensions.DependencyInjection;
using OrleansBroker.Grains.Policies;

namespace OrleansBroker.Grains.Queues;

/// <summary>Registers what queue grains need.</summary>
internal static class QueueServices
{
    public static IServiceCollection AddQueues(this IServiceCollection services)
    {
        services.AddSingleton<QueueLog>();
        services.AddSingleton<QueuePolicies>();
        services.AddSingleton<QueueContext>();
        return services;
    }
}
