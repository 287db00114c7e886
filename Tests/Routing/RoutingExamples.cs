using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Routing;

namespace OrleansBroker.Tests.Routing;

/// <summary>Short ways to write exchanges, bindings and messages down.</summary>
internal static class RoutingExamples
{
    public const string VirtualHost = "/";

    public static ExchangeDefinition Exchange(string name, string type, params KeyValuePair<string, object?>[] arguments) =>
        new() { Id = new ExchangeId(VirtualHost, name), Type = type, Arguments = new FieldTable(arguments) };

    public static KeyValuePair<string, object?> Field(string name, object? value) => new(name, value);

    public static Destination Queue(string name) => new(DestinationKind.Queue, name);

    public static Destination ToExchange(string name) => new(DestinationKind.Exchange, name);

    public static BindingDefinition Binding(string source, Destination destination, string key = "", params KeyValuePair<string, object?>[] arguments) =>
        new()
        {
            Source = new ExchangeId(VirtualHost, source),
            Destination = destination,
            RoutingKey = key,
            Arguments = new FieldTable(arguments),
        };

    public static BrokerMessage Message(string exchange, string key = "", params KeyValuePair<string, object?>[] headers)
    {
        var properties = headers.Length == 0 ? [] : BasicPropertiesWriter.ToArray(new BasicProperties { Headers = new FieldTable(headers) });
        return new BrokerMessage(exchange, key, properties, new byte[] { 1, 2, 3 });
    }

    /// <summary>Names of the queues, in order, that a message goes to by one table.</summary>
    public static string[] Route(RoutingTable table, string key = "", params KeyValuePair<string, object?>[] headers) =>
        new TableSet(table).Route(Message(table.Exchange.Id.Name, key, headers));

    public static RoutingTable Table(string type, params BindingDefinition[] bindings) => RoutingTable.Create(Exchange("x", type), 1, bindings);
}

/// <summary>Routing tables of one virtual host, and the routes that they give.</summary>
internal sealed class TableSet : IRoutingTableSource
{
    private readonly Dictionary<string, RoutingTable> _tables = [];

    public TableSet(params RoutingTable[] tables)
    {
        foreach (var table in tables)
        {
            _tables[table.Exchange.Id.Name] = table;
        }
    }

    public RouteResult Result { get; } = new();

    /// <summary>Exchanges whose tables are not loaded.</summary>
    public HashSet<string> NotLoaded { get; } = [];

    public List<string> Asked { get; } = [];

    public bool TryGetTable(ExchangeId id, out RoutingTable? table)
    {
        Asked.Add(id.Name);
        table = _tables.GetValueOrDefault(id.Name);
        return !NotLoaded.Contains(id.Name);
    }

    public TableSet Add(ExchangeDefinition exchange, params BindingDefinition[] bindings)
    {
        _tables[exchange.Id.Name] = RoutingTable.Create(exchange, 1, bindings);
        return this;
    }

    public string[] Route(BrokerMessage message, bool deadLetter = false)
    {
        Assert.True(MessageRouter.TryRoute(this, RoutingExamples.VirtualHost, message, deadLetter, Result));
        return [.. Result.Destinations.ToArray().Select(destination => destination.Name).Order(StringComparer.Ordinal)];
    }
}
