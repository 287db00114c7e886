using Microsoft.Extensions.Options;
using Orleans.Runtime.Placement;

namespace OrleansBroker.Grains.Hosting;

/// <summary>
/// Keeps silos apart that cannot share a store: a silo that finds another one in its cluster refuses to start where either of them
/// has its messages on its own disk.
/// </summary>
internal sealed class ClusterStoreCheck(
    IOptions<StoreOptions> options,
    IClusterMembershipService membership,
    ILocalSiloDetails local,
    IGrainFactory grains) : ILifecycleParticipant<ISiloLifecycle>
{
    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(ClusterStoreCheck), ServiceLifecycleStage.Active, CheckAsync);

    private async Task CheckAsync(CancellationToken cancellationToken)
    {
        await membership.Refresh(cancellationToken: cancellationToken);
        foreach (var (address, member) in membership.CurrentSnapshot.Members)
        {
            if (member.Status != SiloStatus.Active || address == local.SiloAddress)
            {
                continue;
            }

            // The grain tells of the silo that it stands on.
            RequestContext.Set(IPlacementDirector.PlacementHintKey, address);
            var theirs = await grains.GetGrain<IStoreProviderGrain>(address.ToParsableString()).GetProviderAsync(cancellationToken);
            RequestContext.Remove(IPlacementDirector.PlacementHintKey);
            if (theirs != options.Value.Provider.ToString() || options.Value.Provider == StoreProvider.RocksDb)
            {
                throw new InvalidOperationException(Refusal(address, theirs));
            }
        }
    }

    private string Refusal(SiloAddress other, string theirs) =>
        $"Silo {other} of the same cluster has its messages in {theirs}, this one in {options.Value.Provider}. "
        + "RocksDb is one silo's own disk: other silos could neither read it nor take its queues over when it dies. "
        + $"Several silos need a store that they share: {BrokerOptions.Section}:Store:Provider=PostgreSql, or Memory for development, on all of them.";
}
