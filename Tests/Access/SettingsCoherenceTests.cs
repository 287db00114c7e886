using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Policies;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Tests.Native;

namespace OrleansBroker.Tests.Access;

/// <summary>Two silos over one store.</summary>
public sealed class TwoSilos : NativeCluster
{
    protected override int Silos => 2;
}

/// <summary>What was changed at one silo holds at the other when the change is answered.</summary>
public sealed class SettingsCoherenceTests(TwoSilos cluster) : IClassFixture<TwoSilos>
{
    private const string RabbitSha256 = "rabbit_password_hashing_sha256";

    [Fact]
    public async Task Users_and_permissions_hold_at_the_other_silo_at_once()
    {
        var (here, there) = (At<IUsers>(0), At<IAccessControl>(1));
        var user = NativeCluster.Unique("user");
        for (var round = 0; round < 20; round++)
        {
            await here.PutAsync([new UserDefinition { Name = user, PasswordHash = here.Hash($"p{round}", RabbitSha256) }], default);
            Assert.Equal(LoginOutcome.Accepted, await there.AuthenticateAsync(user, $"p{round}", true, default));
            await here.PutPermissionsAsync(
                [new PermissionDefinition { User = user, VirtualHost = "/", Configure = "", Write = $"^w{round}$", Read = "" }], default);
            Assert.True(await there.AuthorizeAsync(user, "/", Permission.Write, $"w{round}", default));
            Assert.False(await there.AuthorizeAsync(user, "/", Permission.Write, $"w{round - 1}", default));
        }

        await here.DeleteAsync([user], default);
        Assert.False(await there.MayEnterAsync(user, "/", default));
        Assert.Equal(LoginOutcome.InvalidCredentials, await there.AuthenticateAsync(user, "p19", true, default));
    }

    [Fact]
    public async Task Policies_hold_for_queues_wherever_they_are_open()
    {
        var prefix = NativeCluster.Unique("spread");
        var names = Enumerable.Range(0, 10).Select(i => $"{prefix}-{i}").ToArray();
        var connection = await cluster.ConnectAsync();
        foreach (var name in names)
        {
            await connection.CreateQueueAsync(name);
            await connection.PublishAsync("1", queue: name);
            await connection.PublishAsync("2", queue: name);
        }

        await At<IPolicies>(1).PutAsync(
            [new Policy { VirtualHost = "/", Name = prefix, Pattern = $"^{prefix}", Definition = JsonElement.Parse("""{"max-length":1}""") }], default);

        foreach (var name in names)
        {
            var status = await At<IGrainFactory>(0).GetGrain<IQueueGrain>(new QueueId("/", name).ToGrainKey()).GetStatusAsync(null);
            Assert.Equal(1, status.Ready);
        }
    }

    [Fact]
    public async Task A_limit_counts_the_connections_of_both_silos()
    {
        var users = At<IUsers>(0);
        var user = NativeCluster.Unique("limited");
        await users.PutAsync([new UserDefinition { Name = user, Limits = new Dictionary<string, long> { [UserDefinition.MaxConnections] = 2 } }], default);
        using var first = await At<IConnectionTally>(0).ConnectAsync(user, "/", default);
        var second = await At<IConnectionTally>(1).ConnectAsync(user, "/", default);

        var refused = await Assert.ThrowsAsync<BrokerException>(async () => await At<IConnectionTally>(0).ConnectAsync(user, "/", default));
        Assert.Equal($"NOT_ALLOWED - connection refused for user '{user}': user connection limit (2) is reached", refused.Message);
        second.Dispose();
        using var third = await At<IConnectionTally>(0).ConnectAsync(user, "/", default);
    }

    [Fact]
    public async Task Virtual_hosts_are_changed_at_one_silo_and_seen_at_the_other()
    {
        var name = NativeCluster.Unique("host");
        Assert.True(await At<IVirtualHosts>(0).PutAsync(new VirtualHostDefinition { Name = name, Description = "a" }, default));
        Assert.Equal("a", (await At<IVirtualHosts>(1).FindAsync(name, default))!.Description);
        Assert.False(await At<IVirtualHosts>(1).PutAsync(new VirtualHostDefinition { Name = name, Description = "b" }, default));
        Assert.Equal("b", (await At<IVirtualHosts>(0).FindAsync(name, default))!.Description);
        Assert.True(await At<IVirtualHosts>(1).DeleteAsync(name, default));
        Assert.Null(await At<IVirtualHosts>(0).FindAsync(name, default));
    }

    private T At<T>(int silo)
        where T : notnull => cluster.Cluster.Silos[silo].ServiceProvider.GetRequiredService<T>();
}
