using Microsoft.Extensions.DependencyInjection;
using Orleans.Streams;
using OrleansBroker.ClientLib.Streams;
using OrleansBroker.Grains.Interfaces.Queues;

namespace OrleansBroker.ClientLib.Hosting;

/// <summary>
/// Registers the stream provider <c>broker</c>: <c>GetStreamProvider("broker").GetStream&lt;T&gt;(StreamId.Create("exchange", "orders"))</c>
/// is an exchange to write to, <c>StreamId.Create("queue", "orders")</c> a queue to observe.
/// </summary>
public static class BrokerStreams
{
    /// <summary>The provider's name.</summary>
    public const string ProviderName = "broker";

    /// <summary>Adds the provider, and the connection under it, to an Orleans client.</summary>
    public static IClientBuilder AddBrokerStreams(this IClientBuilder builder, ConnectionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Add(builder.Services, options);
        return builder;
    }

    /// <summary>Adds the provider, and the connection under it, to a silo, so that its grains publish and subscribe.</summary>
    public static ISiloBuilder AddBrokerStreams(this ISiloBuilder builder, ConnectionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Add(builder.Services, options);
        builder.Services.AddKeyedTransient<IGrainExtension>(
            typeof(ISubscriber),
            static (services, _) => new GrainSubscriber(
                services.GetRequiredService<IGrainContextAccessor>().GrainContext,
                services.GetRequiredService<Connection>()));
        return builder;
    }

    private static void Add(IServiceCollection services, ConnectionOptions? options)
    {
        services.AddBrokerClient(options);
        services.AddKeyedSingleton<IStreamProvider>(ProviderName, static (provider, name) => new BrokerStreamProvider((string)name!, provider));
    }
}
