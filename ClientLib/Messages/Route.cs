namespace OrleansBroker.ClientLib.Messages;

/// <summary>Where a message is published to.</summary>
internal readonly record struct Route(string Exchange, string RoutingKey)
{
    /// <summary>The queue that always exists and that publishing and subscribing use where none is named.</summary>
    public const string DefaultQueue = "default";

    /// <summary>
    /// Without an exchange the message goes to the named queue, or the default queue. With one, the queue's name is the routing key
    /// unless a key is given.
    /// </summary>
    public static Route Of(string? queue, string? exchange, string? routingKey) =>
        string.IsNullOrEmpty(exchange)
            ? new Route("", routingKey ?? queue ?? DefaultQueue)
            : new Route(exchange, routingKey ?? queue ?? "");
}
