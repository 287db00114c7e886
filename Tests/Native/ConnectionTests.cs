using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OrleansBroker.ClientLib;
using OrleansBroker.ClientLib.Connections;
using OrleansBroker.ClientLib.Hosting;
using OrleansBroker.Grains.Hosting;

namespace OrleansBroker.Tests.Native;

public sealed class ConnectionTests
{
    [Fact]
    public async Task A_connection_string_reaches_a_gateway_over_tcp()
    {
        var (silo, gateway) = (FreePort(), FreePort());
        using var host = await StartAsync(silo, gateway);

        await using var connection = await Connection.OpenAsync($"localhost:{gateway}");
        await connection.PublishAsync("hello");
        await using var other = await Connection.OpenAsync($"127.0.0.1:1,127.0.0.1:{gateway}");

        Assert.Equal("hello", (await other.GetAsync(autoAck: true))!.Text);
        await host.StopAsync();
    }

    [Fact]
    public async Task A_gateway_that_comes_up_while_the_connection_waits_is_found()
    {
        var (silo, gateway) = (FreePort(), FreePort());
        var opening = Connection.OpenAsync($"localhost:{gateway}", new() { OpenTimeout = TimeSpan.FromSeconds(30) });

        using var host = await StartAsync(silo, gateway);

        await using (var connection = await opening)
        {
            await connection.GetQueueAsync();
        }

        await host.StopAsync();
    }

    [Fact]
    public async Task A_connection_outlives_a_restart_of_the_broker()
    {
        var (silo, gateway) = (FreePort(), FreePort());
        var data = Directory.CreateTempSubdirectory("orleansbroker-test").FullName;
        var first = await StartAsync(silo, gateway, data);
        await using var connection = await Connection.OpenAsync($"localhost:{gateway}");
        await connection.CreateQueueAsync("kept");
        var seen = new System.Collections.Concurrent.ConcurrentQueue<string>();
        await using var subscription = await connection.SubscribeAsync(d => { seen.Enqueue(d.Text); }, "kept");
        await connection.PublishAsync("before", queue: "kept");
        await NativeCluster.Until(() => seen.Contains("before"), "the first");

        await first.StopAsync();
        first.Dispose();
        var publishing = connection.PublishAsync("meanwhile", queue: "kept");
        using var second = await StartAsync(silo, gateway, data);
        await connection.PublishAsync("after", queue: "kept");

        await NativeCluster.Until(() => seen.Contains("after"), "the message after the restart");
        // It may have been on its way to the first broker: either it is safe, or its publisher is told that it may not be.
        if (await Record.ExceptionAsync(() => publishing) is { } failure)
        {
            Assert.IsType<PublishUnknownException>(failure);
        }
        else
        {
            await NativeCluster.Until(() => seen.Contains("meanwhile"), "the message that was confirmed");
        }

        await connection.DisposeAsync();
        await second.StopAsync();
        second.Dispose();
        Directory.Delete(data, recursive: true);
    }

    [Fact]
    public async Task A_broker_that_is_not_there_is_a_clear_error_in_time()
    {
        var start = TimeProvider.System.GetTimestamp();
        var port = FreePort();

        var failure = await Assert.ThrowsAsync<BrokerUnreachableException>(
            () => Connection.OpenAsync($"localhost:{port}", new() { OpenTimeout = TimeSpan.FromSeconds(1) }));

        Assert.Contains($"localhost:{port}", failure.Message, StringComparison.Ordinal);
        Assert.Contains("within 1 s", failure.Message, StringComparison.Ordinal);
        Assert.InRange(TimeProvider.System.GetElapsedTime(start), TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(15));
    }

    [Fact]
    public async Task A_get_that_nobody_answers_says_that_its_outcome_is_unknown()
    {
        var (silo, gateway) = (FreePort(), FreePort());
        using var broker = await StartAsync(silo, gateway);
        await using var connection = await Connection.OpenAsync($"localhost:{gateway}");
        Assert.Null(await connection.GetAsync());
        await broker.StopAsync();

        var failure = await Assert.ThrowsAsync<BrokerUnreachableException>(() => connection.GetAsync());

        Assert.Contains("'default'", failure.Message, StringComparison.Ordinal);
        Assert.Contains("unknown", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_has_no_address_is_a_clear_error()
    {
        var failure = await Assert.ThrowsAsync<BrokerUnreachableException>(
            () => Connection.OpenAsync("no.such.host.invalid", new() { OpenTimeout = TimeSpan.FromSeconds(5) }));

        Assert.Contains("no.such.host.invalid", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_with_an_orleans_client_gets_its_connection_from_the_container()
    {
        var (silo, gateway) = (FreePort(), FreePort());
        using var broker = await StartAsync(silo, gateway);
        using var application = new HostBuilder()
            .UseOrleansClient(client => client.UseLocalhostClustering(gateway, "orleansbroker", "orleansbroker"))
            .ConfigureServices(services => services.AddBrokerClient())
            .Build();
        await application.StartAsync();

        var connection = application.Services.GetRequiredService<IBrokerConnection>();
        await connection.PublishAsync("injected");

        Assert.Equal("injected", (await connection.GetAsync(autoAck: true))!.Text);
        Assert.Same(connection, application.Services.GetRequiredService<Connection>());
        await application.StopAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => connection.PublishAsync("too late"));
        await broker.StopAsync();
    }

    [Theory]
    [InlineData("localhost", "localhost", 30000)]
    [InlineData("broker:1234", "broker", 1234)]
    [InlineData(" a , b:5", "a", 30000)]
    [InlineData("[::1]:7", "::1", 7)]
    [InlineData("[::1]", "::1", 30000)]
    public void Servers_are_hosts_with_ports(string servers, string host, int port)
    {
        var first = ServerAddresses.Parse(servers)[0];

        Assert.Equal((host, port), (first.Host, first.Port));
    }

    [Theory]
    [InlineData("host:")]
    [InlineData("host:0")]
    [InlineData("host:70000")]
    [InlineData("host:x")]
    [InlineData(":5")]
    [InlineData("a,,b")]
    public void What_is_no_server_is_refused(string servers) => Assert.Throws<FormatException>(() => ServerAddresses.Parse(servers));

    [Fact]
    public void A_password_is_not_printed()
    {
        Assert.DoesNotContain("s3cret", new ConnectionOptions { Password = "s3cret" }.ToString(), StringComparison.Ordinal);
    }

    private static async Task<IHost> StartAsync(int siloPort, int gatewayPort, string? data = null)
    {
        var host = new HostBuilder()
            .UseOrleans(silo => silo
                .UseLocalhostClustering(siloPort, gatewayPort, null, "orleansbroker", "orleansbroker")
                .AddBroker(options =>
                {
                    options.Store.Provider = data is null ? StoreProvider.Memory : StoreProvider.RocksDb;
                    options.Store.Path = data ?? options.Store.Path;
                }))
            .ConfigureLogging(logging => logging.SetMinimumLevel(LogLevel.Warning))
            .Build();
        await host.StartAsync();
        return host;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
