using OrleansBroker.Grains.Routing.Sets;

namespace OrleansBroker.Grains.Routing.Matching.Topics;

/// <summary>
/// What is left of a binding key: wildcards, and the runs of words between them. The empty pattern has no words, while "a." ends
/// with an empty one.
/// </summary>
internal readonly ref struct TopicPattern
{
    /// <summary>Longer runs are split, always in the same places.</summary>
    public const int MaxRunLength = 32;

    private readonly ReadOnlySpan<char> _text;
    private readonly bool _isEmpty;

    /// <summary>A whole pattern.</summary>
    public TopicPattern(ReadOnlySpan<char> pattern)
        : this(pattern, pattern.IsEmpty)
    {
    }

    private TopicPattern(ReadOnlySpan<char> text, bool isEmpty)
    {
        _text = text;
        _isEmpty = isEmpty;
    }

    /// <summary>What a pattern begins with.</summary>
    public enum Step
    {
        /// <summary>Nothing: it has no words.</summary>
        End,
        /// <summary>"*", any one word.</summary>
        OneWord,
        /// <summary>"#", any number of words.</summary>
        ManyWords,
        /// <summary>Words as they are.</summary>
        Run,
    }

    private ReadOnlySpan<char> FirstWord => _text.IndexOf('.') is >= 0 and var dot ? _text[..dot] : _text;

    private TopicPattern BehindFirst => _text.IndexOf('.') is >= 0 and var dot ? new(_text[(dot + 1)..], isEmpty: false) : new([], isEmpty: true);

    /// <summary>Takes the first step of the pattern and leaves the rest.</summary>
    public Step Next(out Run run, out TopicPattern rest)
    {
        run = default;
        rest = this;
        if (_isEmpty)
        {
            return Step.End;
        }

        if (FirstWord is "*" or "#")
        {
            rest = BehindFirst;
            return FirstWord is "*" ? Step.OneWord : Step.ManyWords;
        }

        var (hash, length, end) = (0, 0, -1);
        while (!rest._isEmpty && length < MaxRunLength && rest.FirstWord is not ("*" or "#"))
        {
            hash = KeyHash.Append(hash, KeyHash.Of(rest.FirstWord));
            end += 1 + rest.FirstWord.Length;
            length++;
            rest = rest.BehindFirst;
        }

        run = new Run(_text[..end], hash, length);
        return Step.Run;
    }

    /// <summary>Words without a wildcard among them.</summary>
    public readonly ref struct Run(ReadOnlySpan<char> text, int hash, int length)
    {
        /// <summary>The words with the dots between them.</summary>
        public ReadOnlySpan<char> Text { get; } = text;

        /// <summary>The hash, put together from those of the words.</summary>
        public int Hash { get; } = hash;

        /// <summary>How many words there are.</summary>
        public int Length { get; } = length;
    }
}
