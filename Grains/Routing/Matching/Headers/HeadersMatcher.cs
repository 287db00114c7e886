using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Routing.Sets;

namespace OrleansBroker.Grains.Routing.Matching.Headers;

/// <summary>
/// A message goes to bindings whose arguments its headers match: all of them or any of them, as <c>x-match</c> says (row 1.34).
/// </summary>
/// <remarks>
/// Bindings are found by the headers of the message rather than tried one by one. A binding that wants all of its arguments stands
/// under the first of them (by name), one that wants any stands under each; what is found under a message's header is then compared
/// in full.
/// </remarks>
internal sealed class HeadersMatcher : ExchangeMatcher
{
    private readonly HashTrie<HeaderBucket> _buckets;
    private readonly HashTrie<BoundDestination> _always;

    private HeadersMatcher(HashTrie<HeaderBucket> buckets, HashTrie<BoundDestination> always)
    {
        _buckets = buckets;
        _always = always;
    }

    public static ExchangeType Type { get; } =
        new("headers", static _ => new HeadersMatcher(default, default))
        {
            CheckBinding = static (_, binding) => HeaderPattern.Check(binding.Arguments),
        };

    public override RoutingInputs Inputs => RoutingInputs.Content;

    public override ExchangeMatcher With(BindingDefinition binding)
    {
        var pattern = new HeaderPattern(binding.Arguments);
        if (pattern.MatchesAlways)
        {
            return new HeadersMatcher(_buckets, _always.Bound(binding.Destination));
        }

        var entry = new HeaderBinding(binding, pattern);
        var buckets = _buckets;
        foreach (var (name, value) in pattern.IndexedBy)
        {
            var bucket = new HeaderBucket(name, value);
            bucket = buckets.TryFind(bucket, out var existing) ? existing : bucket;
            buckets = buckets.Set(bucket.With(bucket.Bindings.Set(entry)));
        }

        return new HeadersMatcher(buckets, _always);
    }

    public override ExchangeMatcher Without(BindingDefinition binding)
    {
        var pattern = new HeaderPattern(binding.Arguments);
        if (pattern.MatchesAlways)
        {
            return new HeadersMatcher(_buckets, _always.Unbound(binding.Destination));
        }

        var entry = new HeaderBinding(binding, pattern);
        var buckets = _buckets;
        foreach (var (name, value) in pattern.IndexedBy)
        {
            if (buckets.TryFind(new HeaderBucket(name, value), out var bucket))
            {
                var left = bucket.Bindings.Remove(entry);
                buckets = left.IsEmpty ? buckets.Remove(bucket) : buckets.Set(bucket.With(left));
            }
        }

        return new HeadersMatcher(buckets, _always);
    }

    public override void Collect(RouteWalk walk)
    {
        _always.CollectInto(walk);
        if (_buckets.IsEmpty)
        {
            return;
        }

        var headers = walk.Headers;
        foreach (var (name, value) in headers)
        {
            CollectBucket(new HeaderBucket(name, value), headers, walk);
            if (value is not null)
            {
                // A void argument asks only that the header is there.
                CollectBucket(new HeaderBucket(name, null), headers, walk);
            }
        }
    }

    private void CollectBucket(HeaderBucket key, FieldTable headers, RouteWalk walk)
    {
        if (_buckets.TryFind(key, out var bucket))
        {
            bucket.Bindings.VisitAll(new Collector(headers, walk));
        }
    }

    private readonly struct Collector(FieldTable headers, RouteWalk walk) : IHashTrieVisitor<HeaderBinding>
    {
        public void Visit(in HeaderBinding entry)
        {
            if (entry.Pattern.Matches(headers))
            {
                walk.Add(entry.Destination);
            }
        }
    }
}
