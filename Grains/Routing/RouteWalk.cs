using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Delays;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Routing.Matching.Topics;
using OrleansBroker.Grains.Routing.Matching;
using OrleansBroker.Grains.Routing.Sets;

namespace OrleansBroker.Grains.Routing;

/// <summary>
/// One message on its way through exchanges: what a matcher sees of it, and where a matcher puts the destinations that it finds.
/// Used again for message after message.
/// </summary>
internal sealed class RouteWalk
{
    private readonly DestinationSet _destinations = new();
    private readonly DestinationSet _exchanges = new();
    private readonly TopicWords _words = new();
    private readonly List<string> _furtherKeys = [];
    private BrokerMessage? _message;
    private FieldTable? _headers;
    private bool _mayHaveBcc;
    private int _matches;

    /// <summary>The message that is routed.</summary>
    public BrokerMessage Message => _message!;

    /// <summary>The key that is routed by: the message's own, or one of its CC and BCC headers.</summary>
    public string RoutingKey { get; private set; } = "";

    /// <summary>The message's headers, decoded when first asked for; empty where it has none.</summary>
    /// <exception cref="Amqp.AmqpFormatException">The properties are malformed.</exception>
    public FieldTable Headers => _headers ??= BasicPropertiesReader.Headers(Message.Properties.Span) ?? FieldTable.Empty;

    /// <summary>The words of <see cref="RoutingKey"/>.</summary>
    public TopicWords Words
    {
        get
        {
            _words.Split(RoutingKey);
            return _words;
        }
    }

    /// <summary>Queues and streams that were found, each once.</summary>
    internal DestinationSet Destinations => _destinations;

    /// <summary>Exchanges that were reached, each once, in the order in which they are to be routed.</summary>
    internal DestinationSet Exchanges => _exchanges;

    /// <summary>Adds a destination that matches; any number of times.</summary>
    public void Add(in BoundDestination destination)
    {
        _matches++;
        var set = destination.Destination.Kind == DestinationKind.Exchange ? _exchanges : _destinations;
        set.Add(destination.Destination, destination.Hash);
    }

    /// <summary>How many keys the message has beside its own.</summary>
    internal int FurtherKeyCount => _furtherKeys.Count;

    /// <summary>Begins with another message.</summary>
    internal void Start(BrokerMessage message)
    {
        _message = message;
        _headers = null;
        _mayHaveBcc = false;
        _furtherKeys.Clear();
        _destinations.Clear();
        _exchanges.Clear();
    }

    /// <summary>Reads the keys that the message has beside its own.</summary>
    /// <exception cref="Amqp.AmqpFormatException">The headers that name them are malformed.</exception>
    internal void ReadKeys()
    {
        _mayHaveBcc = FurtherKeys.MayBeIn(Message);
        if (_mayHaveBcc)
        {
            FurtherKeys.Read(Headers, _furtherKeys);
        }
    }

    /// <summary>The message to enqueue, without its BCC header; with it where it is only delayed, and routed by its keys later.</summary>
    internal BrokerMessage MessageToEnqueue() => _mayHaveBcc && !IsOnlyDelayed() ? FurtherKeys.WithoutBcc(Message, Headers) : Message;

    /// <summary>Adds the queues that the message's keys name, as the default exchange does.</summary>
    internal void AddQueues()
    {
        AddQueue(Message.RoutingKey);
        foreach (var key in _furtherKeys)
        {
            AddQueue(key);
        }
    }

    /// <summary>Collects what the table matches for any of the keys; where that is nothing at all, its alternate exchange.</summary>
    internal void Match(RoutingTable table)
    {
        _matches = 0;
        Match(table.Matcher, Message.RoutingKey);
        if ((table.Matcher.Inputs & RoutingInputs.RoutingKey) != 0)
        {
            foreach (var key in _furtherKeys)
            {
                Match(table.Matcher, key);
            }
        }

        if (_matches == 0 && table.Alternate is { } alternate)
        {
            Add(alternate);
        }
    }

    private void Match(ExchangeMatcher matcher, string key)
    {
        RoutingKey = key;
        matcher.Collect(this);
    }

    private bool IsOnlyDelayed()
    {
        foreach (var destination in _destinations.Items)
        {
            if (!DelayQueue.IsNameOfOne(destination.Name))
            {
                return false;
            }
        }

        return true;
    }

    private void AddQueue(string name)
    {
        // A key that a client made up must not reach what is the broker's own.
        if (!DelayQueue.IsNameOfOne(name))
        {
            Add(new BoundDestination(new Destination(DestinationKind.Queue, name)));
        }
    }
}
