using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Routing.Sets;

namespace OrleansBroker.Grains.Routing.Matching.Topics;

/// <summary>
/// A message goes to what is bound by a pattern that its key matches: words are parted by dots, "*" stands for one word and "#" for
/// any number of them. The patterns form a trie.
/// </summary>
/// <remarks>
/// A walk down the trie forks at "*" and at "#". What stands below one "#" is tried from each word on, so each node is visited
/// once per word at most, unless there is another "#" below: entered from word i, that one covers everything that entering it from
/// a later word could find. It is therefore entered once, from the first word that leads to it, and a route costs at most words
/// times nodes however many "#" a pattern has.
/// </remarks>
internal sealed class TopicMatcher : ExchangeMatcher
{
    /// <summary>More "#" than two in a pattern are refused, as RabbitMQ does: no use is known for them.</summary>
    private const int MaxManyWords = 2;

    private readonly TopicNode _root;

    private TopicMatcher(TopicNode root) => _root = root;

    public static ExchangeType Type { get; } =
        new("topic", static _ => new TopicMatcher(TopicNode.Empty)) { CheckBinding = static (_, binding) => CheckPattern(binding) };

    public override RoutingInputs Inputs => RoutingInputs.RoutingKey;

    public override ExchangeMatcher With(BindingDefinition binding) =>
        new TopicMatcher(_root.With(binding.RoutingKey, binding.Destination));

    public override ExchangeMatcher Without(BindingDefinition binding) =>
        new TopicMatcher(_root.Without(binding.RoutingKey, binding.Destination));

    public override void Collect(RouteWalk walk)
    {
        var words = walk.Words;
        words.ForgetEntered();
        Match(_root, 0, words, walk);
    }

    private static void Match(TopicNode node, int at, TopicWords words, RouteWalk walk)
    {
        if (node.ManyWords is { } many)
        {
            MatchMany(many, at, words, walk);
        }

        if (at == words.Count)
        {
            node.Destinations.CollectInto(walk);
            return;
        }

        MatchNext(node, at, words, walk);
    }

    private static void MatchMany(TopicNode node, int from, TopicWords words, RouteWalk walk)
    {
        if (node.IsBelowMany && !words.TryEnter(node))
        {
            return;
        }

        node.Destinations.CollectInto(walk);
        if (node.ManyWords is { } many)
        {
            MatchMany(many, from, words, walk);
        }

        if (node.OneWord is null && node.RunLengths == 0)
        {
            return;
        }

        for (var at = from; at < words.Count; at++)
        {
            MatchNext(node, at, words, walk);
        }
    }

    private static void MatchNext(TopicNode node, int at, TopicWords words, RouteWalk walk)
    {
        if (node.OneWord is { } one)
        {
            Match(one, at + 1, words, walk);
        }

        var hash = 0;
        var lengths = node.RunLengths;
        for (var length = 1; lengths != 0 && at + length <= words.Count; length++, lengths >>= 1)
        {
            hash = KeyHash.Append(hash, words.Hash(at + length - 1));
            if ((lengths & 1) == 0 || !node.TryFindRun(words.Text(at, length), hash, out var edge))
            {
                continue;
            }

            if (edge.Node is { } next)
            {
                Match(next, at + length, words, walk);
            }
            else if (at + length == words.Count)
            {
                walk.Add(edge.Only);
            }
        }
    }

    private static void CheckPattern(BindingDefinition binding)
    {
        var many = 0;
        foreach (var word in binding.RoutingKey.AsSpan().Split('.'))
        {
            many += binding.RoutingKey.AsSpan(word) is "#" ? 1 : 0;
        }

        if (many > MaxManyWords)
        {
            throw new BrokerException(
                ReplyCode.PreconditionFailed,
                $"topic binding key '{binding.RoutingKey}' has {many} '#' wildcards; at most {MaxManyWords} are allowed");
        }
    }
}
