using RabbitMQ.Client;

namespace OrleansBroker.CommandLine.Transfers;

/// <summary>The properties of a message that is published anew.</summary>
internal static class MessageCopies
{
    /// <summary>All of them, but not a user's id that is not the publisher's: the broker would refuse it.</summary>
    public static BasicProperties Properties(IReadOnlyBasicProperties old, string user)
    {
        var properties = new BasicProperties(old);
        if (properties.IsUserIdPresent() && properties.UserId != user)
        {
            properties.ClearUserId();
        }

        return properties;
    }
}
