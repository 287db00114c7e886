using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using OrleansBroker.Grains.Hosting;
using OrleansBroker.Silo.Configuration;
using OrleansBroker.Silo.Hosting;

namespace OrleansBroker.Tests.Gateway.Wire;

/// <summary>The server as it is shipped, in this process, over the memory store, on ports that are free.</summary>
public class GatewaySilo : IAsyncLifetime
{
    private WebApplication? _app;

    public int Port { get; private set; }

    /// <summary>The port for TLS; open where the settings have a certificate.</summary>
    public int TlsPort { get; private set; }

    /// <summary>The port for HTTP.</summary>
    public int HttpPort { get; private set; }

    public IServiceProvider Services => _app!.Services;

    /// <summary>Settings besides those that every test has.</summary>
    protected virtual IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>();

    public async Task InitializeAsync()
    {
        var ports = FreePorts(5);
        (Port, HttpPort, TlsPort) = (ports[0], ports[1], ports[4]);
        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Broker:Amqp:Port"] = Text(ports[0]),
            ["Broker:Management:Port"] = Text(ports[1]),
            ["Broker:Silo:Port"] = Text(ports[2]),
            ["Broker:Silo:GatewayPort"] = Text(ports[3]),
            ["Broker:Amqp:Tls:Port"] = Text(ports[4]),
            ["Broker:Store:Provider"] = "Memory",
            ["Broker:Amqp:MemoryWatermark"] = "1",
            ["Broker:Access:Users:guest:Password"] = "guest",
            ["Broker:Access:Users:guest:Permissions:*:Configure"] = ".*",
            ["Broker:Access:Users:reader:Password"] = "reader",
            ["Broker:Access:Users:reader:Permissions:/:Configure"] = "^$",
            ["Broker:Access:Users:reader:Permissions:/:Write"] = "^$",
            ["Broker:Access:Users:stranger:Password"] = "stranger",
            ["Broker:Access:Users:stranger:Permissions:/:Configure"] = "^$",
            ["Broker:Access:Users:stranger:Permissions:/:Write"] = "^$",
            ["Broker:Access:Users:stranger:Permissions:/:Read"] = "^$",
            ["Broker:Access:Users:nowhere:Password"] = "nowhere",
            ["Logging:LogLevel:Default"] = "Warning",
            ["Logging:LogLevel:OrleansBroker"] = "Error",
        });
        configuration.AddInMemoryCollection(Settings);
        Assert.Empty(ConfigurationCheck.Problems(configuration));
        _app = ServerComposition.Build(configuration, ConfigurationCheck.Options<ServerOptions>(configuration.GetSection(BrokerOptions.Section)));
        await _app.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _app!.StopAsync();
        await _app.DisposeAsync();
    }

    /// <summary>Stops it while clients are connected.</summary>
    public Task StopAsync() => _app!.StopAsync();

    private static int[] FreePorts(int count)
    {
        var sockets = Enumerable.Range(0, count).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)).ToArray();
        try
        {
            return [.. sockets.Select(socket =>
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                return ((IPEndPoint)socket.LocalEndPoint!).Port;
            })];
        }
        finally
        {
            Array.ForEach(sockets, socket => socket.Dispose());
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

[CollectionDefinition(Name)]
public sealed class OneGateway : ICollectionFixture<GatewaySilo>
{
    public const string Name = "one gateway";
}
