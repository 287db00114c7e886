using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Routing.Sets;

namespace OrleansBroker.Grains.Routing.Matching.Topics;

/// <summary>
/// A node of the trie of topic patterns; immutable. An update copies the nodes on the path of one pattern. An edge is not a word but
/// a run of words, all that stand between two wildcards: patterns have few wildcards, so paths are short, and what a route over
/// many bindings costs is the memory that it has to wait for at each node.
/// </summary>
internal sealed class TopicNode
{
    private HashTrie<Edge> _runs;

    // How many runs there are of one word, of two words, and so on.
    private int[] _runsOfLength = [];

    private TopicNode()
    {
    }

    /// <summary>A trie without patterns.</summary>
    public static TopicNode Empty { get; } = new();

    /// <summary>What is bound by the pattern that ends here.</summary>
    public HashTrie<BoundDestination> Destinations { get; private init; }

    /// <summary>The node behind "*".</summary>
    public TopicNode? OneWord { get; private init; }

    /// <summary>The node behind "#".</summary>
    public TopicNode? ManyWords { get; private init; }

    /// <summary>Bit n is set where a run of n + 1 words leads on from here.</summary>
    public uint RunLengths { get; private init; }

    /// <summary>Whether a "#" stands on the way here, the edge that leads to this node itself not counted.</summary>
    public bool IsBelowMany { get; private init; }

    private bool IsUnused => Destinations.IsEmpty && OneWord is null && ManyWords is null && _runs.IsEmpty;

    private bool IsOneDestination => Destinations.Count == 1 && OneWord is null && ManyWords is null && _runs.IsEmpty;

    /// <summary>The edge of a run of words with that hash.</summary>
    public bool TryFindRun(ReadOnlySpan<char> run, int hash, out Edge edge) => _runs.TryFind(hash, new RunProbe(run), out edge);

    /// <summary>The trie with one binding more.</summary>
    public TopicNode With(string pattern, Destination destination) => With(new TopicPattern(pattern), destination, belowMany: false);

    /// <summary>The trie with one binding less; nodes that nothing needs any more go with it.</summary>
    public TopicNode Without(string pattern, Destination destination) => Without(new TopicPattern(pattern), destination) ?? Empty;

    private TopicNode With(TopicPattern pattern, Destination destination, bool belowMany)
    {
        switch (pattern.Next(out var run, out var rest))
        {
            case TopicPattern.Step.End:
                return Copy(Destinations.Bound(destination), OneWord, ManyWords);
            case TopicPattern.Step.OneWord:
                return Copy(Destinations, Child(OneWord, belowMany).With(rest, destination, belowMany), ManyWords);
            case TopicPattern.Step.ManyWords:
                return Copy(Destinations, OneWord, Child(ManyWords, belowMany).With(rest, destination, belowMany: true));
            default:
                var isKnown = _runs.TryFind(run.Hash, new RunProbe(run.Text), out var edge);
                var node = (isKnown ? edge.ToNode() : Empty).With(rest, destination, belowMany);
                var runs = _runs.Set(new Edge(isKnown ? edge.Run : run.Text.ToString(), run.Hash, node));
                return CopyWithRuns(runs, isKnown ? _runsOfLength : Counted(run.Length, 1));
        }
    }

    private TopicNode? Without(TopicPattern pattern, Destination destination)
    {
        var left = pattern.Next(out var run, out var rest) switch
        {
            TopicPattern.Step.End => Copy(Destinations.Unbound(destination), OneWord, ManyWords),
            TopicPattern.Step.OneWord => Copy(Destinations, OneWord?.Without(rest, destination), ManyWords),
            TopicPattern.Step.ManyWords => Copy(Destinations, OneWord, ManyWords?.Without(rest, destination)),
            _ => WithoutRun(run, rest, destination),
        };
        return left.IsUnused ? null : left;
    }

    private TopicNode WithoutRun(TopicPattern.Run run, TopicPattern rest, Destination destination)
    {
        if (!_runs.TryFind(run.Hash, new RunProbe(run.Text), out var edge))
        {
            return this;
        }

        return edge.ToNode().Without(rest, destination) is { } node
            ? CopyWithRuns(_runs.Set(new Edge(edge.Run, edge.Hash, node)), _runsOfLength)
            : CopyWithRuns(_runs.Remove(edge), Counted(run.Length, -1));
    }

    private int[] Counted(int length, int change)
    {
        var counts = _runsOfLength;
        Array.Resize(ref counts, Math.Max(counts.Length, length));
        counts[length - 1] += change;
        return counts;
    }

    private TopicNode Copy(HashTrie<BoundDestination> destinations, TopicNode? oneWord, TopicNode? manyWords) => new()
    {
        Destinations = destinations,
        OneWord = oneWord,
        ManyWords = manyWords,
        RunLengths = RunLengths,
        IsBelowMany = IsBelowMany,
        _runs = _runs,
        _runsOfLength = _runsOfLength,
    };

    private TopicNode CopyWithRuns(HashTrie<Edge> runs, int[] runsOfLength) => new()
    {
        Destinations = Destinations,
        OneWord = OneWord,
        ManyWords = ManyWords,
        RunLengths = LengthsOf(runsOfLength),
        IsBelowMany = IsBelowMany,
        _runs = runs,
        _runsOfLength = runsOfLength,
    };

    private static uint LengthsOf(int[] runsOfLength)
    {
        var lengths = 0u;
        for (var i = 0; i < runsOfLength.Length; i++)
        {
            lengths |= runsOfLength[i] > 0 ? 1u << i : 0;
        }

        return lengths;
    }

    private static TopicNode Child(TopicNode? existing, bool belowMany) =>
        existing ?? (belowMany ? new TopicNode { IsBelowMany = true } : Empty);

    /// <summary>
    /// A run of words and what it leads to: a node, or (most patterns end with a run, and most are of one queue) the destination
    /// itself, which spares a route the way to it.
    /// </summary>
    internal readonly struct Edge : IHashTrieEntry<Edge>
    {
        private readonly BoundDestination _only;

        public Edge(string run, int hash, TopicNode node)
        {
            Run = run;
            Hash = hash;
            if (node.IsOneDestination)
            {
                _only = node.Destinations.Single();
            }
            else
            {
                Node = node;
            }
        }

        public string Run { get; }

        public int Hash { get; }

        /// <summary>The node that the run leads to; null where it is but one destination.</summary>
        public TopicNode? Node { get; }

        /// <summary>The destination, where there is no node.</summary>
        public BoundDestination Only => _only;

        public bool HasKeyOf(in Edge other) => string.Equals(Run, other.Run, StringComparison.Ordinal);

        public TopicNode ToNode() => Node ?? new TopicNode { Destinations = default(HashTrie<BoundDestination>).Set(_only) };
    }

    private readonly ref struct RunProbe(ReadOnlySpan<char> run) : IHashTrieProbe<Edge>
    {
        private readonly ReadOnlySpan<char> _run = run;

        public bool Matches(in Edge entry) => _run.SequenceEqual(entry.Run);
    }
}
