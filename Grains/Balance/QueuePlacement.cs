using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace OrleansBroker.Grains.Balance;

/// <summary>Places a queue on the silo that asks for it, as long as that carries no more than its share.</summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.QueuePlacement")]
internal sealed class QueuePlacement : PlacementStrategy;

/// <inheritdoc cref="QueuePlacement"/>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class QueuePlacementAttribute() : PlacementAttribute(new QueuePlacement());

/// <inheritdoc cref="QueuePlacement"/>
internal sealed class QueuePlacementDirector(ClusterLoad load) : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var silos = context.GetCompatibleSilos(target);

        // A queue that moves names where to.
        return Task.FromResult(IPlacementDirector.GetPlacementHint(target.RequestContextData, silos) ?? load.Choose(silos));
    }
}
