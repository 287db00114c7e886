using System.Text.Json.Serialization;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Management.Bindings;

/// <summary>A binding as it is listed.</summary>
internal sealed record BindingItem
{
    public required string Source { get; init; }
    [JsonPropertyName("vhost")]
    public required string VirtualHost { get; init; }
    public required string Destination { get; init; }
    public required string DestinationType { get; init; }
    public required string RoutingKey { get; init; }
    public required FieldTable Arguments { get; init; }
    public required string PropertiesKey { get; init; }

    public static BindingItem Of(BindingDefinition binding) => new()
    {
        Source = binding.Source.Name,
        VirtualHost = binding.Source.VirtualHost,
        Destination = binding.Destination.Name,
        DestinationType = binding.Destination.Kind switch
        {
            DestinationKind.Queue => "queue",
            DestinationKind.Exchange => "exchange",
            _ => "stream",
        },
        RoutingKey = binding.RoutingKey,
        Arguments = binding.Arguments,
        PropertiesKey = Bindings.PropertiesKey.Of(binding),
    };

    /// <summary>The binding that every queue has: to the default exchange, by its name. It needs no row.</summary>
    public static BindingItem ImplicitOf(QueueId queue) => Of(new BindingDefinition
    {
        Source = new ExchangeId(queue.VirtualHost, ""),
        Destination = new Destination(DestinationKind.Queue, queue.Name),
        RoutingKey = queue.Name,
    });
}

/// <summary>A binding that is to be made.</summary>
internal sealed record BindingDeclaration
{
    public string? RoutingKey { get; init; }
    public FieldTable? Arguments { get; init; }
}
