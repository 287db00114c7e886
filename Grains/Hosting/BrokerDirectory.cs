using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.GrainDirectory;
using Orleans.Runtime.Hosting;

namespace OrleansBroker.Grains.Hosting;

/// <summary>
/// The directory of the broker's grains. Orleans' usual one forgets entries with the silo that holds them, so that queues which are
/// well are opened a second time while a silo leaves; the distributed one hands them over, and asks the silos for what went with a
/// dead one. It has a name of its own, so that the grains of an application that embeds the broker keep the directory they have.
/// </summary>
internal static class BrokerDirectory
{
    public const string Name = "broker";

    public static void AddBrokerDirectory(this ISiloBuilder silo)
    {
#pragma warning disable ORLEANSEXP003 // Experimental, and the only one that is both in memory and consistent: decision 14.
        silo.AddDistributedGrainDirectory(Name);
#pragma warning restore ORLEANSEXP003
        if (!silo.Services.Any(static service => service.IsKeyedService && service.ServiceType == typeof(IGrainDirectory) && Name.Equals(service.ServiceKey)))
        {
            // There is one in a silo, and the application has it under another name: the default.
            silo.AddGrainDirectory(Name, static (provider, _) =>
                provider.GetRequiredKeyedService<IGrainDirectory>(GrainDirectoryAttribute.DEFAULT_GRAIN_DIRECTORY));
        }

        // Orleans would keep a dead silo's grains closed for 30 s, in case that silo lives on. Queues need no such wait: the store
        // refuses what an older activation commits, and a silo delivers only while its lease holds.
        silo.Configure<GrainDirectoryOptions>(static directory => directory.RangeLeaseDuration = TimeSpan.Zero);
    }
}
