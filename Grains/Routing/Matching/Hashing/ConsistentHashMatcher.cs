using System.Collections.Immutable;
using System.Globalization;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Routing.Sets;

namespace OrleansBroker.Grains.Routing.Matching.Hashing;

/// <summary>
/// A message goes to one of the destinations, the same one for the same key while the bindings stay; binding keys are weights
/// (row 2.34).
/// </summary>
/// <remarks>
/// Weighted rendezvous hashing: each destination draws a number from its name, its weight and the message's key, and the highest
/// wins. A binding more takes over just its share of the keys, one less gives away just its own, and the order in which bindings came
/// does not matter, so that every silo chooses alike from the rows alone. A ring would be quicker with very many destinations, but
/// needs hundreds of points for each to come near the weights, and those kept in order at every change.
/// </remarks>
internal sealed class ConsistentHashMatcher : ExchangeMatcher
{
    private readonly HashSource _source;
    private readonly ImmutableArray<Candidate> _candidates;

    private ConsistentHashMatcher(HashSource source, ImmutableArray<Candidate> candidates)
    {
        _source = source;
        _candidates = candidates;
    }

    public static ExchangeType Type { get; } =
        new("x-consistent-hash", static exchange => new ConsistentHashMatcher(new HashSource(exchange), []))
        {
            CheckDeclaration = static exchange => _ = new HashSource(exchange),
            CheckBinding = static (_, binding) => Weight(binding.RoutingKey),
            ComparedArguments = [HashSource.HeaderArgument, HashSource.PropertyArgument],
        };

    public override RoutingInputs Inputs => _source.Inputs;

    public override ExchangeMatcher With(BindingDefinition binding) => Change(binding.Destination, Weight(binding.RoutingKey));

    public override ExchangeMatcher Without(BindingDefinition binding) => Change(binding.Destination, -Weight(binding.RoutingKey));

    public override void Collect(RouteWalk walk)
    {
        if (_candidates.IsEmpty)
        {
            return;
        }

        var key = _source.Hash(walk);
        var best = 0;
        var most = _candidates[0].Draw(key);
        for (var i = 1; i < _candidates.Length; i++)
        {
            var draw = _candidates[i].Draw(key);
            if (draw > most || (draw == most && _candidates[i].IsBefore(_candidates[best])))
            {
                (best, most) = (i, draw);
            }
        }

        walk.Add(_candidates[best].Destination);
    }

    private static long Weight(string key)
    {
        if (!long.TryParse(key, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var weight))
        {
            throw new BrokerException(ReplyCode.PreconditionFailed, $"The binding key must be an integer: <<\"{key}\">>");
        }

        return weight > 0 ? weight : throw new BrokerException(ReplyCode.PreconditionFailed, "The binding key must be greater than 0");
    }

    // A destination that is bound by several keys has the sum of them.
    private ConsistentHashMatcher Change(Destination destination, Int128 by)
    {
        for (var i = 0; i < _candidates.Length; i++)
        {
            if (BoundDestination.IsSame(_candidates[i].Destination.Destination, destination))
            {
                var weight = _candidates[i].Weight + by;
                return new ConsistentHashMatcher(
                    _source, weight > 0 ? _candidates.SetItem(i, _candidates[i] with { Weight = weight }) : _candidates.RemoveAt(i));
            }
        }

        return new ConsistentHashMatcher(
            _source,
            _candidates.Add(new Candidate(new BoundDestination(destination), StableHash.Of($"{destination.Kind}/{destination.Name}"), by)));
    }

    private readonly record struct Candidate(BoundDestination Destination, ulong Hash, Int128 Weight)
    {
        public double Draw(ulong key)
        {
            // A number between 0 and 1, neither of them: 53 bits, and half a step up.
            var uniform = ((StableHash.Combine(Hash, key) >> 11) + 0.5) * (1.0 / (1UL << 53));
            return (double)Weight / -Math.Log(uniform);
        }

        public bool IsBefore(in Candidate other) =>
            string.CompareOrdinal(Destination.Destination.Name, other.Destination.Destination.Name) < 0;
    }
}
