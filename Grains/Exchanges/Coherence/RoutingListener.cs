using Microsoft.Extensions.Logging;
using Orleans.Runtime.Services;
using Orleans.Services;

namespace OrleansBroker.Grains.Exchanges.Coherence;

/// <summary>Each silo's ear for news: a grain service, since a call must reach one certain silo and no other.</summary>
[Alias("orleansbroker.IRoutingListener")]
internal interface IRoutingListener : IGrainService
{
    /// <summary>Answers when the silo routes by the news.</summary>
    [Alias("Handle")]
    Task HandleAsync(RoutingNews news);
}

/// <inheritdoc cref="IRoutingListener"/>
internal sealed class RoutingListener(GrainId id, Silo silo, ILoggerFactory loggers, IRoutingNewsHandler handler)
    : GrainService(id, silo, loggers), IRoutingListener
{
    public Task HandleAsync(RoutingNews news) => handler.HandleAsync(news).AsTask();
}

/// <summary>Reaches the listener of a silo.</summary>
internal sealed class RoutingListeners(IServiceProvider services) : GrainServiceClient<IRoutingListener>(services)
{
    public IRoutingListener On(SiloAddress silo) => GetGrainService(silo);
}
