using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using OrleansBroker.ClientLib.Hosting;
using OrleansBroker.Grains.Balance;
using OrleansBroker.Grains.Connections;
using OrleansBroker.Grains.Interfaces.Replies;
using OrleansBroker.Grains.Publishing;
using OrleansBroker.Grains.Queues;
using OrleansBroker.Grains.Reports;
using OrleansBroker.Grains.Sessions;
using OrleansBroker.Grains.Settings;
using OrleansBroker.Grains.Streams;
using OrleansBroker.Grains.Telemetry;
using OrleansBroker.Grains.Topology;

namespace OrleansBroker.Grains.Hosting;

/// <summary>Embeds the broker in a silo.</summary>
public static class BrokerSiloBuilderExtensions
{
    private const int CachedGrainAddresses = 50_000;

    /// <summary>
    /// Embeds the whole broker in the silo: stores, topology, queues, publishing, the stream provider <c>broker</c> and the client.
    /// Anything the options leave out has its default; an impossible value fails the silo's start with its key, value and what is
    /// allowed.
    /// </summary>
    /// <param name="silo">The silo.</param>
    /// <param name="configure">Changes the options. Default: none, as in a configuration without a <c>Broker</c> section.</param>
    public static ISiloBuilder AddBroker(this ISiloBuilder silo, Action<BrokerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(silo);
        var options = new BrokerOptions();
        configure?.Invoke(options);
        options.Topology.SingleSilo = options.Store.Provider == StoreProvider.RocksDb;

        var services = silo.Services;
        services.AddSingleton<IValidateOptions<BrokerOptions>, BrokerOptionsValidator>();
        services.AddArea(options);
        services.AddArea(options.Store);
        services.AddArea(options.Queues);
        services.AddArea(options.Publishing);
        services.AddArea(options.Topology);
        services.AddArea(options.Sessions);
        services.AddArea(options.Access);
        services.AddArea(options.Balance);

        // Orleans keeps the addresses of the last million grains, some 260 octets each: a million idle queues would not be free.
        services.Configure<GrainDirectoryOptions>(static directory => directory.CacheSize = CachedGrainAddresses);
        silo.AddBrokerDirectory();
        services.AddSiloSockets();
        services.AddSteadyTime();
        services.AddMetrics();
        services.AddSingleton<BrokerTelemetry>();
        silo.AddStores(options.Store);
        silo.AddTopology();
        silo.AddSettings();
        services.AddQueues();
        services.AddPublishing();
        services.AddSessions();
        services.AddStreams();
        services.AddActivity();
        silo.AddBalance();
        services.AddSingleton<IReplies, Replies.Replies>();
        return silo.AddBrokerStreams();
    }

    private static void AddSteadyTime(this IServiceCollection services)
    {
        // Orleans has registered the machine's clock by now. One that somebody chose stays.
        var clock = services.LastOrDefault(static service => service.ServiceType == typeof(TimeProvider));
        services.Replace(ServiceDescriptor.Singleton(provider => Resolve(clock, provider) is var chosen && ReferenceEquals(chosen, TimeProvider.System)
            ? new SteadyTime(chosen)
            : chosen));
    }

    private static TimeProvider Resolve(ServiceDescriptor? clock, IServiceProvider provider) =>
        (TimeProvider?)(clock?.ImplementationInstance ?? clock?.ImplementationFactory?.Invoke(provider)) ?? TimeProvider.System;

    private static void AddArea<TOptions>(this IServiceCollection services, TOptions area)
        where TOptions : class
    {
        services.AddOptions<TOptions>().ValidateOnStart();
        services.AddSingleton<IOptionsFactory<TOptions>>(provider => ActivatorUtilities.CreateInstance<AreaOptionsFactory<TOptions>>(provider, area));
    }
}
