using OrleansBroker.Grains.Balance;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Reports;

/// <summary>Tells other silos what runs on one. The key is that silo's address.</summary>
[Alias("orleansbroker.ISiloActivityGrain")]
internal interface ISiloActivityGrain : IGrainWithStringKey
{
    /// <summary>What the silo has and does.</summary>
    [Alias("GetSilo")]
    Task<SiloFigures> GetSiloAsync();

    /// <summary>What the silo carries.</summary>
    [Alias("GetLoad")]
    Task<SiloLoad> GetLoadAsync();

    /// <summary>How those of the queues stand that are active on the silo.</summary>
    [Alias("ReadQueues")]
    Task<QueueFigures[]> ReadQueuesAsync(QueueId[] queues);

    /// <summary>What publishers of the silo sent to exchanges.</summary>
    [Alias("ReadExchanges")]
    Task<ExchangeFigures[]> ReadExchangesAsync(ExchangeId[] exchanges);

    /// <summary>What publishers of the silo sent to queues by an exchange.</summary>
    [Alias("ReadRoutesFrom")]
    Task<RouteFigures[]> ReadRoutesFromAsync(ExchangeId exchange);

    /// <summary>What publishers of the silo sent to a queue, by exchange.</summary>
    [Alias("ReadRoutesTo")]
    Task<RouteFigures[]> ReadRoutesToAsync(QueueId queue);

    /// <summary>The silo's logins by user and address.</summary>
    [Alias("ListLoginSources")]
    Task<LoginSource[]> ListLoginSourcesAsync();

    /// <summary>The silo's connections.</summary>
    [Alias("ListConnections")]
    Task<ConnectionFigures[]> ListConnectionsAsync();

    /// <summary>The silo's channels.</summary>
    [Alias("ListChannels")]
    Task<ChannelFigures[]> ListChannelsAsync();

    /// <summary>Closes a connection of the silo; false where it has none of that name.</summary>
    [Alias("CloseConnection")]
    Task<bool> CloseConnectionAsync(string name, string reason);

    /// <summary>Has the silo count logins from zero.</summary>
    [Alias("ResetLogins")]
    Task<bool> ResetLoginsAsync();
}
