using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using OrleansBroker.Grains.Connections;
using OrleansBroker.Tests.Hosting;

namespace OrleansBroker.Tests.Connections;

public sealed class SiloEndpointsTests
{
    private static readonly IPEndPoint _silo = new(IPAddress.Loopback, 11111);
    private static readonly IPEndPoint _gateway = new(IPAddress.Loopback, 30000);
    private readonly MembershipDouble _membership = new();

    [Fact]
    public async Task The_silo_port_of_a_member_is_one()
    {
        _membership.Write(SiloAddress.New(_silo, 1), SiloStatus.Active);
        await _membership.Refresh();

        Assert.True(await Silos().ContainAsync(_silo, CancellationToken.None));
    }

    [Fact]
    public async Task A_member_that_is_not_known_yet_is_looked_up()
    {
        _membership.Write(SiloAddress.New(_silo, 1), SiloStatus.Active);

        Assert.True(await Silos().ContainAsync(_silo, CancellationToken.None));
    }

    [Fact]
    public async Task The_gateway_port_of_a_member_is_none()
    {
        _membership.Write(SiloAddress.New(_silo, 1), SiloStatus.Active);

        Assert.False(await Silos().ContainAsync(_gateway, CancellationToken.None));
    }

    [Fact]
    public async Task The_primary_silo_of_a_development_cluster_is_one_before_there_is_a_table()
    {
        var silos = new SiloEndpoints(
            new ServiceCollection().BuildServiceProvider(), Options.Create(new DevelopmentClusterMembershipOptions { PrimarySiloEndpoint = _silo }));

        Assert.True(await silos.ContainAsync(new IPEndPoint(IPAddress.Loopback, 11111), CancellationToken.None));
    }

    private SiloEndpoints Silos() => new(
        new ServiceCollection().AddSingleton<IClusterMembershipService>(_membership).BuildServiceProvider(),
        Options.Create(new DevelopmentClusterMembershipOptions()));
}
