using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime.Placement;
using OrleansBroker.Grains.Balance;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Grains.Reports;
using OrleansBroker.Tests.Gateway.Wire;
using OrleansBroker.Tests.Native;
using RabbitMQ.Client;

namespace OrleansBroker.Tests.Management;

/// <summary>What one silo tells of the others.</summary>
public sealed class ClusterActivityTests(GatewayCluster cluster) : IClassFixture<GatewayCluster>
{
    private IClusterActivity Other => cluster.Cluster.Silos[1].ServiceProvider.GetRequiredService<IClusterActivity>();

    [Fact]
    public async Task All_silos_are_running()
    {
        var silos = await Other.ListSilosAsync(CancellationToken.None);
        Assert.Equal(2, silos.Count);
        Assert.All(silos, silo => Assert.True(silo.IsRunning));
        Assert.Contains(silos, silo => silo.Silo == Other.Silo);
    }

    [Fact]
    public async Task A_silo_does_not_answer_for_another_one()
    {
        var grains = cluster.Silo.GetRequiredService<IGrainFactory>();
        var self = cluster.Silo.GetRequiredService<ILocalSiloDetails>().SiloAddress;
        RequestContext.Set(IPlacementDirector.PlacementHintKey, self);
        var asked = grains.GetGrain<ISiloActivityGrain>("127.0.0.1:1@1").GetSiloAsync();
        RequestContext.Remove(IPlacementDirector.PlacementHintKey);
        await Assert.ThrowsAsync<OrleansException>(() => asked);
    }

    [Fact]
    public async Task A_silo_may_go_while_another_one_stays()
    {
        Assert.True(await Other.HasSuccessorAsync(CancellationToken.None));
        var load = cluster.Silo.GetRequiredService<ClusterLoad>();
        load.IsLeaving = true;
        Assert.False(await Other.HasSuccessorAsync(CancellationToken.None));
        load.IsLeaving = false;
    }

    [Fact]
    public async Task A_connection_is_seen_and_closed_from_another_silo()
    {
        await using var connection = await new ConnectionFactory { Port = cluster.Port, AutomaticRecoveryEnabled = false, ClientProvidedName = "far" }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        var figures = (await Other.ListConnectionsAsync(CancellationToken.None)).Single(one => (string?)one.Properties["connection_name"] == "far");
        Assert.NotEqual(Other.Silo, figures.Silo);
        Assert.EndsWith(string.Create(CultureInfo.InvariantCulture, $":{cluster.Port}"), figures.Name, StringComparison.Ordinal);
        Assert.Contains(await Other.ListChannelsAsync(CancellationToken.None), one => one.Connection.Id == figures.Id && one.Number == 1);
        Assert.True(await Other.CloseConnectionAsync(figures.Name, "from afar", CancellationToken.None));
        await NativeCluster.Until(() => !connection.IsOpen, "the connection's end");
        Assert.False(await Other.CloseConnectionAsync("nobody", "nothing", CancellationToken.None));
    }

    [Fact]
    public async Task A_queue_is_told_of_wherever_it_is_active()
    {
        await using var connection = await new ConnectionFactory { Port = cluster.Port }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        var topology = cluster.Silo.GetRequiredService<OrleansBroker.Grains.Interfaces.Topology.ITopology>();
        for (var i = 0; i < 6; i++)
        {
            await channel.QueueDeclareAsync($"spread-{i}", durable: true, exclusive: false, autoDelete: false);
            await channel.BasicPublishAsync("", $"spread-{i}", new byte[] { 1 });
            // A synchronous method waits for the publishes before it.
            await channel.QueueDeclarePassiveAsync($"spread-{i}");
            var queue = await topology.FindQueueAsync(new("/", $"spread-{i}"), CancellationToken.None);
            var figures = (await Other.ReadQueuesAsync([queue!], CancellationToken.None)).Single();
            Assert.Equal((1, 0), (figures.Ready, figures.Unacked));
            Assert.NotNull(figures.Silo);
        }
    }

    [Fact]
    public async Task Another_silo_is_asked_for_its_logins_and_told_to_count_them_from_zero()
    {
        var (logins, silo) = (cluster.Silo.GetRequiredService<ILoginAttempts>(), cluster.Silo.GetRequiredService<IClusterActivity>().Silo);
        logins.Count("carrier pigeon", succeeded: true, "pigeon", "10.0.0.1");
        var figures = (await Other.ListSilosAsync(CancellationToken.None)).Single(one => one.Silo == silo);
        Assert.Contains(new LoginAttempts("carrier pigeon", 1, 0), figures.Logins);

        var source = (await Other.ListLoginSourcesAsync(silo, CancellationToken.None))!.Single(one => one.User == "pigeon");
        Assert.Equal(new LoginSource("pigeon", "10.0.0.1", new LoginAttempts("carrier pigeon", 1, 0)), source);
        Assert.Null(await Other.ListLoginSourcesAsync("nobody", CancellationToken.None));

        Assert.True(await Other.ResetLoginsAsync(silo, CancellationToken.None));
        Assert.DoesNotContain(logins.List(), one => one.Protocol == "carrier pigeon");
        Assert.False(await Other.ResetLoginsAsync("nobody", CancellationToken.None));
    }
}
