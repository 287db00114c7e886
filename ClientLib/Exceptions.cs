namespace OrleansBroker.ClientLib;

/// <summary>No broker answered in time: which hosts were tried is in the message, why it failed in the inner exception.</summary>
public sealed class BrokerUnreachableException : Exception
{
    internal BrokerUnreachableException(string message, Exception? inner)
        : base(message, inner)
    {
    }
}

/// <summary>The message was published as mandatory and no queue wanted it.</summary>
public sealed class UnroutableException : Exception
{
    internal UnroutableException(string exchange, string routingKey)
        : base($"No queue gets what is published to exchange '{exchange}' under routing key '{routingKey}'")
    {
        Exchange = exchange;
        RoutingKey = routingKey;
    }

    /// <summary>The exchange that it was published to.</summary>
    public string Exchange { get; }

    /// <summary>The routing key that it was published with.</summary>
    public string RoutingKey { get; }
}

/// <summary>A full queue refused the message (overflow reject-publish). Other queues that it was routed to may have it.</summary>
public sealed class PublishRefusedException : Exception
{
    internal PublishRefusedException(string exchange, string routingKey)
        : base($"A full queue refused what was published to exchange '{exchange}' under routing key '{routingKey}'")
    {
    }
}

/// <summary>
/// What became of the message is not known: the broker, or a queue, could not be reached in time. It may be enqueued or not; publish it
/// again where a duplicate does less harm than a loss.
/// </summary>
public sealed class PublishUnknownException : Exception
{
    internal PublishUnknownException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
