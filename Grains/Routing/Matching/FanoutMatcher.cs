using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Routing.Sets;

namespace OrleansBroker.Grains.Routing.Matching;

/// <summary>Every message goes to all that is bound.</summary>
internal sealed class FanoutMatcher : ExchangeMatcher
{
    private readonly HashTrie<BoundDestination> _destinations;

    private FanoutMatcher(HashTrie<BoundDestination> destinations) => _destinations = destinations;

    public static ExchangeType Type { get; } = new("fanout", static _ => new FanoutMatcher(default));

    public override RoutingInputs Inputs => RoutingInputs.None;

    public override ExchangeMatcher With(BindingDefinition binding) => new FanoutMatcher(_destinations.Bound(binding.Destination));

    public override ExchangeMatcher Without(BindingDefinition binding) => new FanoutMatcher(_destinations.Unbound(binding.Destination));

    public override void Collect(RouteWalk walk) => _destinations.CollectInto(walk);
}
