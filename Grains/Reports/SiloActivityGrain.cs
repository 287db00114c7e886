using Orleans.Concurrency;
using Orleans.GrainDirectory;
using Orleans.Placement;
using OrleansBroker.Grains.Balance;
using OrleansBroker.Grains.Hosting;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Reports;

/// <summary>Answers for the silo that it is placed on, which its caller names as the placement hint.</summary>
[RandomPlacement, Reentrant]
[GrainType("orleansbroker.silo-activity"), GrainDirectory(BrokerDirectory.Name)]
internal sealed class SiloActivityGrain(LocalActivity local, ClusterLoad load) : Grain, ISiloActivityGrain, IIncomingGrainCallFilter
{
    /// <summary>While silos come and go it may be placed elsewhere than it was asked for: then it has nothing to tell.</summary>
    public Task Invoke(IIncomingGrainCallContext context)
    {
        if (this.GetPrimaryKeyString() == local.Name)
        {
            return context.Invoke();
        }

        DeactivateOnIdle();
        throw new OrleansException($"{local.Name} was asked for what {this.GetPrimaryKeyString()} carries.");
    }

    public Task<SiloFigures> GetSiloAsync() => Task.FromResult(local.Silo());

    public Task<SiloLoad> GetLoadAsync() => Task.FromResult(load.Own());

    public Task<QueueFigures[]> ReadQueuesAsync(QueueId[] queues) => Task.FromResult(local.ReadQueues(queues));

    public Task<ExchangeFigures[]> ReadExchangesAsync(ExchangeId[] exchanges) => Task.FromResult(local.ReadExchanges(exchanges));

    public Task<RouteFigures[]> ReadRoutesFromAsync(ExchangeId exchange) => Task.FromResult(local.ReadRoutes(exchange));

    public Task<RouteFigures[]> ReadRoutesToAsync(QueueId queue) => Task.FromResult(local.ReadRoutes(queue));

    public Task<LoginSource[]> ListLoginSourcesAsync() => Task.FromResult(local.LoginSources());

    public Task<ConnectionFigures[]> ListConnectionsAsync() => Task.FromResult(local.Connections());

    public Task<ChannelFigures[]> ListChannelsAsync() => Task.FromResult(local.Channels());

    public Task<bool> CloseConnectionAsync(string name, string reason) => Task.FromResult(local.CloseConnection(name, reason));

    public Task<bool> ResetLoginsAsync()
    {
        local.ResetLogins();
        return Task.FromResult(true);
    }
}
