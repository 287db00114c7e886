using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace OrleansBroker.Grains.Balance;

/// <summary>Registers what spreads queues over the silos.</summary>
internal static class BalanceServices
{
    public static ISiloBuilder AddBalance(this ISiloBuilder silo)
    {
        silo.AddPlacementDirector<QueuePlacement, QueuePlacementDirector>();
        silo.Services.AddSingleton<ClusterLoad>();
        silo.Services.AddSingleton<QueueMover>();
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, QueueFarewell>();
        silo.Services.AddSingleton<IHostedService, QueueBalancer>();
        return silo;
    }
}
