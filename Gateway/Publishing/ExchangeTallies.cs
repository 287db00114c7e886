using OrleansBroker.Gateway.Activity;
using OrleansBroker.Grains.Interfaces.Activity;

namespace OrleansBroker.Gateway.Publishing;

/// <summary>What a channel published by exchange, counted once for messages that follow each other to the same one.</summary>
internal sealed class ExchangeTallies
{
    // Most channels publish to one, and hardly any to more.
    private const int Most = 100;

    // Replaced when one is added: others read it.
    private (string Exchange, Tally Count)[] _all = [];
    private string? _exchange;
    private Tally? _current;

    /// <summary>Counts messages to an exchange.</summary>
    public void Add(string exchange, int count)
    {
        if (!ReferenceEquals(exchange, _exchange))
        {
            _exchange = exchange;
            _current = Find(exchange);
        }

        _current?.Add(count);
    }

    /// <summary>Takes the rates.</summary>
    public void Sample(TimeProvider time)
    {
        foreach (var (_, count) in Volatile.Read(ref _all))
        {
            count.Sample(time);
        }
    }

    /// <summary>How it stands.</summary>
    public PublishedFigures[] Read() => [.. Volatile.Read(ref _all).Select(static entry => new PublishedFigures(entry.Exchange, entry.Count.Read()))];

    /// <summary>The exchange's count; null where there are too many.</summary>
    private Tally? Find(string exchange)
    {
        foreach (var entry in _all)
        {
            if (entry.Exchange == exchange)
            {
                return entry.Count;
            }
        }

        if (_all.Length == Most)
        {
            return null;
        }

        var added = new Tally();
        Volatile.Write(ref _all, [.. _all, (exchange, added)]);
        return added;
    }
}
