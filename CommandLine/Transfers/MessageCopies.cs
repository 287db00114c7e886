using RabbitMQ.Client;

namespace OrleansBroker.CommandLine.Transfers;

/// <summary>The properties of a message that is published anew.</summary>
internal static class MessageCopies
{
    // The broker writes them into what it delivers again; they are not the publisher's.
    private static readonly string[] OfDeliveries = ["x-delivery-count", "x-acquired-count"];

    /// <summary>All of them, but not a user's id that is not the publisher's: the broker would refuse it.</summary>
    public static BasicProperties Properties(IReadOnlyBasicProperties old, string user)
    {
        var properties = new BasicProperties(old);
        if (properties.IsUserIdPresent() && properties.UserId != user)
        {
            properties.ClearUserId();
        }

        if (OfDeliveries.Any(name => old.Headers?.ContainsKey(name) == true))
        {
            properties.Headers = Without(old.Headers!, OfDeliveries);
        }

        if (properties.Headers is { Count: 0 })
        {
            properties.ClearHeaders();
        }

        return properties;
    }

    /// <summary>The headers but those.</summary>
    public static Dictionary<string, object?> Without(IDictionary<string, object?> headers, IEnumerable<string> names)
    {
        var kept = new Dictionary<string, object?>(headers);
        foreach (var name in names)
        {
            kept.Remove(name);
        }

        return kept;
    }
}
