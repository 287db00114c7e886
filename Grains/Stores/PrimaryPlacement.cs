using System.Net;
using Microsoft.Extensions.Options;
using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace OrleansBroker.Grains.Stores;

/// <summary>Which silo keeps the memory stores of a cluster.</summary>
internal sealed class ClusterMemoryOptions
{
    /// <summary>The silo's address among silos. Default null: the one that has been up the longest.</summary>
    public IPEndPoint? Primary { get; set; }

    /// <summary>How many grains give access to the queues, so that one slow call holds up few. Default 8.</summary>
    public int QueueShards { get; set; } = 8;

    /// <summary>Most rows that cross silos in one call. Default 1,000.</summary>
    public int PageRows { get; set; } = 1_000;
}

/// <summary>Places a grain on the primary silo and nowhere else.</summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.PrimaryPlacement")]
internal sealed class PrimaryPlacement : PlacementStrategy;

/// <inheritdoc cref="PrimaryPlacement"/>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class PrimaryPlacementAttribute() : PlacementAttribute(new PrimaryPlacement());

/// <inheritdoc cref="PrimaryPlacement"/>
internal sealed class PrimaryPlacementDirector(IOptions<ClusterMemoryOptions> options, ISiloStatusOracle membership) : IPlacementDirector
{
    /// <summary>The oldest silo first; of two that started at once always the same one.</summary>
    internal static Comparer<SiloAddress> ByAge { get; } = Comparer<SiloAddress>.Create(
        static (one, other) => one.Generation != other.Generation ? one.Generation.CompareTo(other.Generation) : one.CompareTo(other));

    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        // From the membership before the compatible silos: a silo that just joined knows the members before it knows what they host,
        // and would take itself for the only one. While none is active (the first one starts, the last one stops) there is no other.
        SiloAddress[] silos = [.. membership.GetApproximateSiloStatuses(onlyActive: true).Keys];
        silos = silos.Length > 0 ? silos : context.GetCompatibleSilos(target);

        // A generation is the time of a silo's start.
        var chosen = options.Value.Primary is { } primary
            ? Array.Find(silos, silo => silo.Endpoint.Equals(primary))
            : silos.Order(ByAge).FirstOrDefault();
        return chosen is not null
            ? Task.FromResult(chosen)
            : throw new InvalidOperationException($"the primary silo {options.Value.Primary}, which keeps the memory stores, is not up");
    }
}
