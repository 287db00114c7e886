using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OrleansBroker.Gateway.Activity;
using OrleansBroker.Gateway.Alarms;
using OrleansBroker.Gateway.Buffers;
using OrleansBroker.Gateway.Connections;
using OrleansBroker.Gateway.Connections.Login;
using OrleansBroker.Gateway.Consuming;
using OrleansBroker.Gateway.Tls;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Grains.Interfaces.Publishing;
using OrleansBroker.Grains.Interfaces.Replies;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Interfaces.Tracing;

namespace OrleansBroker.Gateway;

/// <summary>Registers the AMQP gateway.</summary>
public static class GatewayServices
{
    /// <summary>Adds what AMQP listeners need to a silo with the broker in it.</summary>
    /// <param name="services">The silo's services.</param>
    /// <param name="configure">Changes the options. Default: none.</param>
    public static IServiceCollection AddGateway(this IServiceCollection services, Action<GatewayOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<GatewayOptions>().Configure(options => configure?.Invoke(options)).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<IPostConfigureOptions<GatewayOptions>, HandleLimit>();
        services.AddMetrics();
        services.AddSingleton<GatewayTelemetry>();
        services.AddSingleton<ResourceAlarms>();
        services.AddSingleton<IAlarms>(provider => provider.GetRequiredService<ResourceAlarms>());
        services.AddSingleton<ConnectionRegistry>();
        services.AddSingleton<ClientActivity>();
        services.AddSingleton<IClientActivity>(provider => provider.GetRequiredService<ClientActivity>());
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<ClientActivity>());
        services.AddSingleton<ConsumingFactory>();
        services.AddSingleton<ServerCertificate>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<ServerCertificate>());
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<ResourceAlarms>());
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<ConnectionRegistry>());
        services.AddSingleton(provider => new GatewayContext(
            provider.GetRequiredService<IPublisher>(),
            provider.GetRequiredService<ITopology>(),
            provider.GetRequiredService<IAccessControl>(),
            provider.GetRequiredService<IConnectionTally>(),
            provider.GetRequiredService<ILoginAttempts>(),
            provider.GetRequiredService<IGrainFactory>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<IOptions<GatewayOptions>>().Value,
            provider.GetRequiredService<IAlarms>(),
            provider.GetRequiredService<GatewayTelemetry>(),
            provider.GetRequiredService<ConsumingFactory>(),
            provider.GetRequiredService<IReplies>(),
            provider.GetRequiredService<ILoggerFactory>().CreateLogger("OrleansBroker.Gateway"))
        {
            Silo = provider.GetRequiredService<ILocalSiloDetails>().SiloAddress.ToParsableString(),
            Firehose = provider.GetRequiredService<IFirehose>(),
        });
        services.AddHostedService<LostAccess>();
        services.AddSingleton<AmqpConnectionHandler>();
        return services;
    }

    /// <summary>
    /// Lets Kestrel's sockets read and write more at once than its own blocks hold. For all listeners of the process; call it after
    /// Kestrel is registered.
    /// </summary>
    public static IServiceCollection UseLargeSocketBuffers(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        SocketBuffers.Register(services);
        return services;
    }

    /// <summary>Serves AMQP 0-9-1 on the listener.</summary>
    public static TBuilder UseAmqp<TBuilder>(this TBuilder listener)
        where TBuilder : IConnectionBuilder
    {
        ArgumentNullException.ThrowIfNull(listener);
        // Asked for with the first connection: a listener is configured before the store is opened, whose failure has a sentence of its own.
        var services = listener.ApplicationServices;
        listener.Run(connection => services.GetRequiredService<AmqpConnectionHandler>().OnConnectedAsync(connection));
        return listener;
    }

    /// <summary>Serves AMQP 0-9-1 over TLS on the listener, with the certificate of <see cref="TlsOptions"/>.</summary>
    public static TBuilder UseAmqpOverTls<TBuilder>(this TBuilder listener)
        where TBuilder : IConnectionBuilder
    {
        ArgumentNullException.ThrowIfNull(listener);
        var services = listener.ApplicationServices;
        listener.Run(connection => services.GetRequiredService<AmqpConnectionHandler>().OnConnectedOverTlsAsync(connection));
        return listener;
    }
}
