using System.Globalization;
using OrleansBroker.CommandLine.Amqp;
using RabbitMQ.Client;

namespace OrleansBroker.CommandLine.Transfers;

/// <summary>Which dead letters go back, where to, and what their headers say then. Pure.</summary>
internal sealed record RedriveRules
{
    /// <summary>Counts how often a message was sent back, so that one that dies again and again comes to rest.</summary>
    public const string CountHeader = "x-redrive-count";

    /// <summary>The queue of dead letters.</summary>
    public required string Source { get; init; }

    /// <summary>As whom it is published; the broker refuses another user's id.</summary>
    public required string User { get; init; }

    /// <summary>Only those that died for this reason.</summary>
    public string? Reason { get; init; }

    /// <summary>Only those that died first in this queue.</summary>
    public string? FromQueue { get; init; }

    /// <summary>Only those with all of these headers.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>How often a message may be sent back.</summary>
    public int MaxRedrives { get; init; } = 3;

    /// <summary>Straight into the queue where it died, rather than to its exchange, where others may have had it as well.</summary>
    public bool ToQueue { get; init; }

    /// <summary>Keeps what the headers say of its deaths.</summary>
    public bool KeepDeaths { get; init; }

    public Plan PlanFor(Delivery delivery)
    {
        if (Death.FirstOf(delivery.Properties) is not { } death)
        {
            return new Plan.Leave("its headers name no origin (no x-death)");
        }

        var headers = delivery.Properties.Headers!;
        if ((Reason is not null && Reason != death.Reason) || (FromQueue is not null && FromQueue != death.Queue)
            || Headers.Any(wanted => AmqpValues.Text(headers.GetValueOrDefault(wanted.Key)) != wanted.Value))
        {
            return new Plan.Leave("it was not asked for");
        }

        var redrives = headers.Number(CountHeader);
        if (redrives >= MaxRedrives)
        {
            return new Plan.Leave(string.Create(CultureInfo.InvariantCulture, $"it was sent back {MaxRedrives} times already (--max-redrives)"));
        }

        var (exchange, key) = ToQueue ? ("", death.Queue) : (death.Exchange, death.RoutingKeys[0]);
        return exchange.Length == 0 && key == Source
            ? new Plan.Leave("it would return to the queue that it is in")
            : new Plan.Send(exchange, key, Properties(delivery.Properties, death, redrives + 1));
    }

    private BasicProperties Properties(IReadOnlyBasicProperties old, Death death, long redrives)
    {
        var properties = MessageCopies.Properties(old, User);
        var headers = MessageCopies.Without(properties.Headers!, KeepDeaths ? [] : Death.Headers);
        headers[CountHeader] = redrives;

        // The copies that went with it at first; straight into one queue there are none.
        headers.Remove("CC");
        if (!ToQueue && death.RoutingKeys.Count > 1)
        {
            headers["CC"] = death.RoutingKeys.Skip(1).Cast<object?>().ToList();
        }

        properties.Headers = headers;
        return properties;
    }
}
