using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Runtime.Placement;

namespace OrleansBroker.Grains.Hosting;

/// <summary>
/// Keeps silos apart that cannot share a store: a silo that finds another one in its cluster refuses to start where either of them
/// has its messages on its own disk.
/// </summary>
internal sealed partial class ClusterStoreCheck(
    IOptions<StoreOptions> options,
    IClusterMembershipService membership,
    ILocalSiloDetails local,
    IGrainFactory grains,
    TimeProvider time,
    ILogger<ClusterStoreCheck> log) : ILifecycleParticipant<ISiloLifecycle>
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(200);

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(ClusterStoreCheck), ServiceLifecycleStage.Active, CheckAsync);

    /// <summary>Asks all other silos that are members.</summary>
    /// <exception cref="InvalidOperationException">One of them is on another store, or on its own disk.</exception>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        var answered = new HashSet<SiloAddress>();
        while (await OthersAsync(answered, cancellationToken) is { Count: > 0 } others)
        {
            foreach (var other in others)
            {
                if (await AnswersAsync(other, cancellationToken))
                {
                    answered.Add(other);
                }
            }
        }
    }

    private async Task<List<SiloAddress>> OthersAsync(HashSet<SiloAddress> answered, CancellationToken cancellationToken)
    {
        await membership.Refresh(cancellationToken: cancellationToken);
        return [.. membership.CurrentSnapshot.Members.Values
            .Where(member => member.Status == SiloStatus.Active && !member.SiloAddress.Equals(local.SiloAddress) && !answered.Contains(member.SiloAddress))
            .Select(member => member.SiloAddress)];
    }

    private async Task<bool> AnswersAsync(SiloAddress other, CancellationToken cancellationToken)
    {
        try
        {
            Check(other, await ProviderOfAsync(other, cancellationToken));
            return true;
        }
        catch (Exception exception) when (exception is TimeoutException or OrleansException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // It may have left, or the directory of grains is on its way to other silos, for longer than the question is valid.
            NotAnswered(log, other, exception);
            await Task.Delay(_pause, time, cancellationToken);
            return false;
        }
    }

    private async Task<string> ProviderOfAsync(SiloAddress silo, CancellationToken cancellationToken)
    {
        // The grain tells of the silo that it stands on.
        RequestContext.Set(IPlacementDirector.PlacementHintKey, silo);
        try
        {
            return await grains.GetGrain<IStoreProviderGrain>(silo.ToParsableString()).GetProviderAsync(cancellationToken);
        }
        finally
        {
            RequestContext.Remove(IPlacementDirector.PlacementHintKey);
        }
    }

    private void Check(SiloAddress other, string provider)
    {
        if (provider != options.Value.Provider.ToString() || options.Value.Provider == StoreProvider.RocksDb)
        {
            throw new InvalidOperationException(Refusal(other, provider));
        }
    }

    private string Refusal(SiloAddress other, string theirs) =>
        $"Silo {other} of the same cluster has its messages in {theirs}, this one in {options.Value.Provider}. "
        + "RocksDb is one silo's own disk: other silos could neither read it nor take its queues over when it dies. "
        + $"Several silos need a store that they share: {BrokerOptions.Section}:Store:Provider=PostgreSql, or Memory for development, on all of them.";

    [LoggerMessage(2970, LogLevel.Information, "Silo {Silo} has not said which store it is on; it is asked again while it is a member")]
    private static partial void NotAnswered(ILogger log, SiloAddress silo, Exception exception);
}
