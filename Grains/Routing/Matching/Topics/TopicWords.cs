using OrleansBroker.Grains.Routing.Sets;

namespace OrleansBroker.Grains.Routing.Matching.Topics;

/// <summary>The words of a routing key with their hashes, split once however many topic exchanges ask. Used again for key after key.</summary>
internal sealed class TopicWords
{
    private const int EnteredOneByOne = 16;

    private readonly List<TopicNode> _entered = [];
    private HashSet<TopicNode>? _enteredMany;
    private Word[] _words = new Word[16];
    private string? _key;

    /// <summary>How many words there are; the empty key has none.</summary>
    public int Count { get; private set; }

    /// <summary>The text of some words that follow one another, with the dots between them.</summary>
    public ReadOnlySpan<char> Text(int first, int count)
    {
        var start = _words[first].Start;
        var last = _words[first + count - 1];
        return _key.AsSpan(start, last.Start + last.Length - start);
    }

    /// <summary>The word's hash.</summary>
    public int Hash(int index) => _words[index].Hash;

    /// <summary>
    /// Splits the key, unless it is the one that was split last. A dot at either end, or next to another dot, makes an empty word;
    /// the empty key has no words, so that "#" matches it and "*" does not.
    /// </summary>
    public void Split(string key)
    {
        if (ReferenceEquals(key, _key))
        {
            return;
        }

        _key = key;
        Count = 0;
        if (key.Length == 0)
        {
            return;
        }

        var start = 0;
        var rest = key.AsSpan();
        while (true)
        {
            var length = rest.IndexOf('.');
            Append(start, length < 0 ? rest : rest[..length]);
            if (length < 0)
            {
                return;
            }

            rest = rest[(length + 1)..];
            start += length + 1;
        }
    }

    /// <summary>Begins a match: no node has been entered yet.</summary>
    public void ForgetEntered()
    {
        if (_entered.Count > 0)
        {
            _entered.Clear();
            _enteredMany?.Clear();
        }
    }

    /// <summary>Marks a node as entered; false where it was already.</summary>
    public bool TryEnter(TopicNode node)
    {
        if (_entered.Count < EnteredOneByOne)
        {
            foreach (var entered in _entered)
            {
                if (ReferenceEquals(entered, node))
                {
                    return false;
                }
            }

            _entered.Add(node);
            return true;
        }

        _enteredMany ??= new HashSet<TopicNode>(ReferenceEqualityComparer.Instance);
        return !_entered.Contains(node) && _enteredMany.Add(node);
    }

    private void Append(int start, ReadOnlySpan<char> word)
    {
        if (Count == _words.Length)
        {
            Array.Resize(ref _words, Count * 2);
        }

        _words[Count++] = new Word(start, word.Length, KeyHash.Of(word));
    }

    private readonly record struct Word(int Start, int Length, int Hash);
}
