using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using OrleansBroker.Gateway;
using OrleansBroker.Gateway.Connections;
using OrleansBroker.Tests.Native;

namespace OrleansBroker.Tests.Gateway.Wire;

/// <summary>Two silos that share their queues; the first has an AMQP port.</summary>
public sealed class GatewayCluster : NativeCluster, IAsyncLifetime
{
    private WebApplication? _listener;

    public int Port { get; private set; }

    protected override int Silos => 2;

    async Task IAsyncLifetime.InitializeAsync()
    {
        await InitializeAsync();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(Silo.GetRequiredService<AmqpConnectionHandler>());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listener => listener.UseAmqp()));
        _listener = builder.Build();
        await _listener.StartAsync();
        var addresses = _listener.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        Port = new Uri(addresses.Single()).Port;
    }

    async Task IAsyncLifetime.DisposeAsync()
    {
        await _listener!.StopAsync();
        await _listener.DisposeAsync();
        await DisposeAsync();
    }

    protected override void ConfigureSilo(ISiloBuilder silo) => silo.Services.AddGateway(gateway => gateway.MemoryWatermark = 1);
}
