using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Dashboard;
using OrleansBroker.Gateway;
using OrleansBroker.Gateway.Tls;
using OrleansBroker.Grains.Hosting;
using OrleansBroker.Management;
using OrleansBroker.Silo.Configuration;
using OrleansBroker.Silo.Health;

namespace OrleansBroker.Silo.Hosting;

/// <summary>Puts the parts together: the silo with the broker in it, HTTP, logs, telemetry.</summary>
internal static class ServerComposition
{
    private const string DashboardPath = "/orleans";

    /// <summary>The application, not started.</summary>
    public static WebApplication Build(IConfiguration configuration, ServerOptions options)
    {
        // Empty: every part that runs is named below, and the start is short.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddConfiguration(configuration);
        builder.Logging.AddConfiguration(configuration.GetSection("Logging")).AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
        });
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.Silo.DrainTimeout);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Parse(options.Management.Address), options.Management.Port);
            var amqp = IPAddress.Parse(options.Amqp.Address);
            kestrel.Listen(amqp, options.Amqp.Port, listener => listener.UseAmqp());
            if (options.Amqp.Tls.IsEnabled)
            {
                kestrel.Listen(amqp, options.Amqp.Tls.Port, listener => listener.UseAmqpOverTls());
            }
        });
        builder.Services.AddRouting();
        builder.AddHealth();
        builder.AddTelemetry(options.Telemetry);
        builder.UseOrleans(silo => ConfigureSilo(silo, configuration, options));

        var app = builder.Build();
        app.UseManagement();
        app.MapHealth();
        if (options.Dashboard.Enabled)
        {
            app.MapOrleansDashboard(DashboardPath);
        }

        return app;
    }

    private static void ConfigureSilo(ISiloBuilder silo, IConfiguration configuration, ServerOptions options)
    {
        silo.UseLocalCluster(options.Silo);
        silo.AddBroker(broker => configuration.GetSection(BrokerOptions.Section).Bind(broker));
        silo.Services.AddGateway(gateway =>
        {
            var section = configuration.GetSection(BrokerOptions.Section);
            configuration.GetSection(GatewayOptions.Section).Bind(gateway);
            var store = ConfigurationCheck.Options<BrokerOptions>(section).Store;
            if (store.Provider == StoreProvider.RocksDb)
            {
                gateway.WatchDisk(store.Path);
            }
        });
        silo.Services.AddSingleton(provider => Identity(options, provider));
        silo.Services.AddManagement(management => configuration.GetSection(ManagementOptions.Section).Bind(management));
        if (options.Telemetry.OtlpEndpoint is not null)
        {
            // The five steps of a batch are one trace, whatever silos they run on.
            silo.AddActivityPropagation();
        }

        if (options.Dashboard.Enabled)
        {
            silo.AddDashboard();
        }
    }

    private static ServerIdentity Identity(ServerOptions options, IServiceProvider services)
    {
        var server = new ServerIdentity(options.Amqp.ClusterName)
        {
            CertificateExpires = () => services.GetRequiredService<ServerCertificate>().Expires,
        };
        server.Add("amqp", options.Amqp.Address, options.Amqp.Port);
        if (options.Amqp.Tls.IsEnabled)
        {
            server.Add("amqp/ssl", options.Amqp.Address, options.Amqp.Tls.Port);
        }

        server.Add("http", options.Management.Address, options.Management.Port);
        server.Add("clustering", IPAddress.Loopback.ToString(), options.Silo.Port);
        return server;
    }
}
