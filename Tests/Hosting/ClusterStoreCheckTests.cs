using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using OrleansBroker.Grains.Hosting;

namespace OrleansBroker.Tests.Hosting;

public sealed class ClusterStoreCheckTests
{
    private static readonly SiloAddress _other = SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 2), 1);
    private readonly LocalSilo _local = new();
    private readonly MembershipDouble _membership = new();
    private int _asked;

    public ClusterStoreCheckTests()
    {
        _membership.Write(_local.SiloAddress, SiloStatus.Active);
        _membership.Write(_other, SiloStatus.Active);
    }

    [Fact]
    public async Task A_silo_that_does_not_answer_is_asked_again()
    {
        await CheckAsync(StoreProvider.Memory, () => _asked < 3 ? throw new TimeoutException() : nameof(StoreProvider.Memory));

        Assert.Equal(3, _asked);
    }

    [Fact]
    public async Task A_silo_that_left_without_an_answer_holds_nobody_up()
    {
        await CheckAsync(StoreProvider.Memory, () =>
        {
            _membership.Write(_other, SiloStatus.Dead);
            throw new SiloUnavailableException();
        });

        Assert.Equal(1, _asked);
    }

    [Theory]
    [InlineData(StoreProvider.Memory, nameof(StoreProvider.PostgreSql))]
    [InlineData(StoreProvider.RocksDb, nameof(StoreProvider.RocksDb))]
    internal async Task Silos_that_cannot_share_a_store_are_kept_apart(StoreProvider provider, string theirs)
    {
        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => CheckAsync(provider, () => theirs));

        Assert.Contains(theirs, refusal.Message, StringComparison.Ordinal);
    }

    private Task CheckAsync(StoreProvider provider, Func<string> answer)
    {
        var grain = GrainDouble.Create<IStoreProviderGrain>((_, _) =>
        {
            _asked++;
            return Task.FromResult(answer());
        });
        var check = new ClusterStoreCheck(
            Options.Create(new StoreOptions { Provider = provider }),
            _membership,
            _local,
            GrainDouble.Create<IGrainFactory>((_, _) => grain),
            TimeProvider.System,
            NullLogger<ClusterStoreCheck>.Instance);
        return check.CheckAsync(CancellationToken.None);
    }
}
