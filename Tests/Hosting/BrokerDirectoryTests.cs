using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.GrainDirectory;
using OrleansBroker.Grains.Hosting;

namespace OrleansBroker.Tests.Hosting;

#pragma warning disable ORLEANSEXP003 // What an application may do, too.
public sealed class BrokerDirectoryTests
{
    [Fact]
    public void All_grains_of_the_broker_are_in_its_directory()
    {
        var grains = typeof(BrokerDirectory).Assembly.GetTypes().Where(static type => type.IsSubclassOf(typeof(Grain)) && !type.IsAbstract).ToList();

        Assert.True(grains.Count >= 9);
        Assert.All(grains, static grain => Assert.Equal(BrokerDirectory.Name, grain.GetCustomAttribute<GrainDirectoryAttribute>()?.GrainDirectoryName));
    }

    [Fact]
    public void A_dead_silos_queues_are_not_kept_closed()
    {
        using var host = Build(static silo => silo.AddBroker(InMemory));

        Assert.Equal(TimeSpan.Zero, host.Services.GetRequiredService<IOptions<GrainDirectoryOptions>>().Value.RangeLeaseDuration);
    }

    [Fact]
    public void An_application_keeps_its_own_directory()
    {
        using var host = Build(static silo => silo.AddBroker(InMemory));

        Assert.NotNull(host.Services.GetKeyedService<IGrainDirectory>(BrokerDirectory.Name));
        Assert.Null(host.Services.GetKeyedService<IGrainDirectory>(GrainDirectoryAttribute.DEFAULT_GRAIN_DIRECTORY));
    }

    [Fact]
    public void An_application_that_has_the_distributed_directory_shares_it()
    {
        using var host = Build(static silo => silo.AddDistributedGrainDirectory().AddBroker(InMemory));

        Assert.Same(
            host.Services.GetRequiredKeyedService<IGrainDirectory>(GrainDirectoryAttribute.DEFAULT_GRAIN_DIRECTORY),
            host.Services.GetRequiredKeyedService<IGrainDirectory>(BrokerDirectory.Name));
    }

    private static void InMemory(BrokerOptions broker) => broker.Store.Provider = StoreProvider.Memory;

    private static IHost Build(Action<ISiloBuilder> configure) => new HostBuilder().UseOrleans((_, silo) => configure(silo.UseLocalhostClustering())).Build();
}
