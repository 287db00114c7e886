using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OrleansBroker.Grains.Interfaces.Activity;

namespace OrleansBroker.Grains.Reports;

/// <summary>Registers what tells of what runs.</summary>
internal static class ActivityServices
{
    public static void AddActivity(this IServiceCollection services)
    {
        services.AddSingleton<LocalActivity>();
        services.AddSingleton<ClusterActivity>();
        services.AddSingleton<IClusterActivity>(provider => provider.GetRequiredService<ClusterActivity>());
        services.AddSingleton<IHostedService, ActivitySampler>();
    }
}
