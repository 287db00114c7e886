using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Runtime.Placement;
using OrleansBroker.Grains.Balance;
using OrleansBroker.Grains.Hosting;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Reports;

/// <summary>Asks this silo at once and the others by a grain on each.</summary>
internal sealed partial class ClusterActivity(
    LocalActivity local, ISiloStatusOracle silos, IGrainFactory grains, IQueueStore store, IOptions<StoreOptions> options, TimeProvider time,
    ILogger<ClusterActivity> log) : IClusterActivity
{
    // A silo that does not answer a list in so long is dead or starved, and the list is wanted now.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public string Silo => local.Name;

    public async Task<IReadOnlyList<SiloFigures>> ListSilosAsync(CancellationToken cancellationToken)
    {
        var others = await AskOthersAsync(
            static grain => grain.GetSiloAsync(), static silo => new SiloFigures { Silo = silo }, cancellationToken);
        return [.. others.Prepend(local.Silo()).OrderBy(static silo => silo.Silo, StringComparer.Ordinal)];
    }

    public async ValueTask<bool?> HasSuccessorAsync(CancellationToken cancellationToken)
    {
        var others = Others();
        if (others.Count == 0)
        {
            return options.Value.Provider == StoreProvider.PostgreSql ? false : null;
        }

        var loads = await AskLoadsAsync(others, cancellationToken);
        return Array.Exists(loads, static load => load is { IsLeaving: false });
    }

    /// <summary>What the other silos carry; without those that stop; null where one of them does not answer.</summary>
    public async Task<IReadOnlyDictionary<SiloAddress, SiloLoad>?> ReadLoadsAsync(CancellationToken cancellationToken)
    {
        var others = Others();
        var loads = await AskLoadsAsync(others, cancellationToken);
        return Array.TrueForAll(loads, static one => one is not null)
            ? others.Zip(loads).Where(static pair => !pair.Second!.Value.IsLeaving).ToDictionary(static pair => pair.First, static pair => pair.Second!.Value)
            : null;
    }

    public async Task<IReadOnlyList<QueueFigures>> ReadQueuesAsync(IReadOnlyList<QueueDefinition> queues, CancellationToken cancellationToken)
    {
        QueueId[] ids = [.. queues.Select(static queue => queue.Id)];
        var others = await AskOthersAsync(grain => grain.ReadQueuesAsync(ids), static _ => [], cancellationToken);
        var active = new Dictionary<QueueId, QueueFigures>();
        foreach (var queue in others.SelectMany(static figures => figures).Concat(local.ReadQueues(ids)))
        {
            active[queue.Id] = queue;
        }

        QueueDefinition[] asleep = [.. queues.Where(queue => !active.ContainsKey(queue.Id))];
        var states = asleep.Length == 0 ? [] : await store.ReadStatesAsync([.. asleep.Select(static queue => queue.Incarnation)], cancellationToken);
        for (var i = 0; i < asleep.Length; i++)
        {
            active[asleep[i].Id] = Asleep(asleep[i].Id, states[i]);
        }

        return [.. queues.Select(queue => active[queue.Id])];
    }

    public async Task<IReadOnlyDictionary<ExchangeId, ExchangeFigures>> ReadExchangesAsync(IReadOnlyList<ExchangeId> exchanges, CancellationToken cancellationToken)
    {
        ExchangeId[] ids = [.. exchanges];
        var others = await AskOthersAsync(grain => grain.ReadExchangesAsync(ids), static _ => [], cancellationToken);
        return others.Append(local.ReadExchanges(ids)).SelectMany(static figures => figures).GroupBy(static figures => figures.Id)
            .ToDictionary(static group => group.Key, static group => group.Aggregate(static (one, other) => one with { In = one.In + other.In, Out = one.Out + other.Out }));
    }

    public IReadOnlyList<ExchangeFigures> ReadOwnExchanges() => local.ReadExchanges();

    public IReadOnlyList<RouteFigures> ReadOwnRoutes() => local.ReadRoutes();

    public async Task<IReadOnlyList<RouteFigures>> ReadRoutesFromAsync(ExchangeId exchange, CancellationToken cancellationToken) =>
        Sum(local.ReadRoutes(exchange), await AskOthersAsync(grain => grain.ReadRoutesFromAsync(exchange), static _ => [], cancellationToken));

    public async Task<IReadOnlyList<RouteFigures>> ReadRoutesToAsync(QueueId queue, CancellationToken cancellationToken) =>
        Sum(local.ReadRoutes(queue), await AskOthersAsync(grain => grain.ReadRoutesToAsync(queue), static _ => [], cancellationToken));

    public async Task<IReadOnlyList<LoginSource>?> ListLoginSourcesAsync(string silo, CancellationToken cancellationToken)
    {
        if (silo == local.Name)
        {
            return local.LoginSources();
        }

        return Find(silo) is { } other
            ? await AskAsync<LoginSource[]?>(other, static async grain => await grain.ListLoginSourcesAsync(), static _ => null, cancellationToken)
            : null;
    }

    public async Task<IReadOnlyList<ConnectionFigures>> ListConnectionsAsync(CancellationToken cancellationToken)
    {
        var others = await AskOthersAsync(static grain => grain.ListConnectionsAsync(), static _ => [], cancellationToken);
        return [.. others.SelectMany(static list => list).Concat(local.Connections()).OrderBy(static connection => connection.Name, StringComparer.Ordinal)];
    }

    public async Task<IReadOnlyList<ChannelFigures>> ListChannelsAsync(CancellationToken cancellationToken)
    {
        var others = await AskOthersAsync(static grain => grain.ListChannelsAsync(), static _ => [], cancellationToken);
        return [.. others.SelectMany(static list => list).Concat(local.Channels())
            .OrderBy(static channel => channel.Connection.Name, StringComparer.Ordinal).ThenBy(static channel => channel.Number)];
    }

    public async Task<bool> CloseConnectionAsync(string name, string reason, CancellationToken cancellationToken)
    {
        if (local.CloseConnection(name, reason))
        {
            return true;
        }

        var closed = await AskOthersAsync(grain => grain.CloseConnectionAsync(name, reason), static _ => false, cancellationToken);
        return closed.Contains(true);
    }

    public async Task<bool> ResetLoginsAsync(string silo, CancellationToken cancellationToken)
    {
        if (silo == local.Name)
        {
            local.ResetLogins();
            return true;
        }

        return Find(silo) is { } other && await AskAsync(other, static grain => grain.ResetLoginsAsync(), static _ => false, cancellationToken);
    }

    // What nobody holds is ready: what was unacked when the queue went to sleep returned before.
    private static QueueFigures Asleep(QueueId id, QueueState state) => new()
    {
        Id = id,
        Ready = state.Bands.Sum(static band => band.Durable + band.Transient),
        ReadyBytes = state.Bands.Sum(static band => band.DurableBytes + band.TransientBytes),
    };

    private static List<RouteFigures> Sum(RouteFigures[] own, RouteFigures[][] others) =>
    [
        .. others.Append(own).SelectMany(static figures => figures)
            .GroupBy(static figures => (figures.Exchange, figures.Queue), static (_, group) => group.Aggregate(static (one, other) => one with { Count = one.Count + other.Count }))
            .OrderBy(static figures => figures.Exchange.Name, StringComparer.Ordinal).ThenBy(static figures => figures.Queue, StringComparer.Ordinal),
    ];

    private SiloAddress? Find(string silo) =>
        silos.GetApproximateSiloStatuses(onlyActive: true).Keys.FirstOrDefault(one => one.ToParsableString() == silo);

    private async Task<T[]> AskOthersAsync<T>(Func<ISiloActivityGrain, Task<T>> ask, Func<string, T> otherwise, CancellationToken cancellationToken)
    {
        var others = Others();
        return others.Count == 0 ? [] : await Task.WhenAll(others.Select(silo => AskAsync(silo, ask, otherwise, cancellationToken)));
    }

    /// <summary>What each of them carries; null of one that does not answer.</summary>
    private Task<SiloLoad?[]> AskLoadsAsync(List<SiloAddress> others, CancellationToken cancellationToken) =>
        Task.WhenAll(others.Select(silo => AskAsync<SiloLoad?>(silo, static async grain => await grain.GetLoadAsync(), static _ => null, cancellationToken)));

    private List<SiloAddress> Others() =>
        [.. silos.GetApproximateSiloStatuses(onlyActive: true).Keys.Where(silo => silo.ToParsableString() != local.Name)];

    private async Task<T> AskAsync<T>(SiloAddress silo, Func<ISiloActivityGrain, Task<T>> ask, Func<string, T> otherwise, CancellationToken cancellationToken)
    {
        var name = silo.ToParsableString();
        try
        {
            // The grain tells of the silo that it stands on.
            RequestContext.Set(IPlacementDirector.PlacementHintKey, silo);
            var answer = ask(grains.GetGrain<ISiloActivityGrain>(name));
            RequestContext.Remove(IPlacementDirector.PlacementHintKey);
            return await answer.WaitAsync(Patience, time, cancellationToken);
        }
        catch (Exception failure) when (failure is TimeoutException or OrleansException)
        {
            LogSilent(log, failure, name);
            return otherwise(name);
        }
    }

    [LoggerMessage(2901, LogLevel.Information, "Silo {Silo} did not tell what runs on it.")]
    private static partial void LogSilent(ILogger logger, Exception failure, string silo);
}
