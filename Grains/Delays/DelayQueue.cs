using System.Globalization;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Delays;

/// <summary>
/// The queue in which an exchange of type <c>x-delayed-message</c> keeps what is delayed. It has a row, an incarnation, a store and a
/// grain as every queue has, and a name that no client can give: theirs lose every CR.
/// </summary>
internal static class DelayQueue
{
    /// <summary>What the names begin with.</summary>
    public const char Mark = '\r';

    /// <summary>The exchange's type.</summary>
    public const string ExchangeType = "x-delayed-message";

    /// <summary>Whether it is the name of such a queue.</summary>
    public static bool IsNameOfOne(string name) => name.StartsWith(Mark);

    /// <summary>Its name, with the exchange's incarnation: an exchange that is declared anew begins with nothing.</summary>
    public static string NameFor(ExchangeDefinition exchange) =>
        string.Create(CultureInfo.InvariantCulture, $"{Mark}{exchange.Incarnation:x}{Mark}{exchange.Id.Name}");

    /// <summary>The queue of the exchange; null where the exchange is of another type.</summary>
    public static QueueDefinition? Of(ExchangeDefinition exchange) => exchange.Type != ExchangeType
        ? null
        : new QueueDefinition
        {
            Id = new QueueId(exchange.Id.VirtualHost, NameFor(exchange)),
            Durable = exchange.Durable,
            Incarnation = exchange.Incarnation,
        };

    /// <summary>For clients there is no such queue.</summary>
    /// <exception cref="BrokerException">404: it is one.</exception>
    public static void RefuseClients(QueueId queue, bool isClient = true)
    {
        if (isClient && IsNameOfOne(queue.Name))
        {
            throw new BrokerException(ReplyCode.NotFound, $"no {queue}");
        }
    }

    /// <summary>The exchange whose delayed messages the queue keeps; null for every other queue.</summary>
    public static ExchangeId? ExchangeOf(QueueId queue) =>
        IsNameOfOne(queue.Name) ? new ExchangeId(queue.VirtualHost, queue.Name[(queue.Name.LastIndexOf(Mark) + 1)..]) : null;
}
