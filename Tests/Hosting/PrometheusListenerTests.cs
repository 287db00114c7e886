using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using OrleansBroker.Silo.Configuration;
using OrleansBroker.Silo.Hosting;

namespace OrleansBroker.Tests.Hosting;

/// <summary>Several silos of one machine start without a setting for Prometheus, and the first of them has the usual port.</summary>
public class PrometheusListenerTests
{
    // A loopback address that nothing else listens on.
    private const string Address = "127.0.15.69";

    [Fact]
    public async Task The_first_silo_of_a_machine_has_the_usual_port_and_the_second_goes_without()
    {
        using var first = new PrometheusListener(new PrometheusOptions { Address = Address });
        using var second = new PrometheusListener(new PrometheusOptions { Address = Address });
        Assert.Equal((true, false), (first.IsOpen, second.IsOpen));

        await using var app = Serve(first);
        await app.StartAsync();
        using var client = new HttpClient();
        Assert.Equal("15692", await client.GetStringAsync(new Uri($"http://{Address}:15692/")));
        await app.StopAsync();
    }

    [Fact]
    public void Port_0_switches_it_off()
    {
        using var listener = new PrometheusListener(new PrometheusOptions { Address = Address, Port = 0 });
        Assert.False(listener.IsOpen);
    }

    [Fact]
    public void A_port_that_is_set_and_taken_is_named()
    {
        using var other = new TcpListener(IPAddress.Parse(Address), 0);
        other.Start();
        var options = new ServerOptions();
        options.Prometheus.Address = Address;
        options.Prometheus.Port = ((IPEndPoint)other.LocalEndpoint).Port;
        Assert.Contains(ListenerCheck.Problems(options), problem => problem.StartsWith($"Broker:Prometheus:Port is '{options.Prometheus.Port}'", StringComparison.Ordinal));
    }

    private static WebApplication Serve(PrometheusListener listener)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(listener.AddTo);
        var app = builder.Build();
        app.Run(context => context.Response.WriteAsync($"{context.Connection.LocalPort}"));
        return app;
    }
}
