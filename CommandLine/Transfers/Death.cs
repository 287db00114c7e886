using System.Collections;
using System.Globalization;
using OrleansBroker.CommandLine.Amqp;
using RabbitMQ.Client;

namespace OrleansBroker.CommandLine.Transfers;

/// <summary>How a dead letter died first, as its headers say.</summary>
/// <param name="Queue">The queue in which it died.</param>
/// <param name="Reason">Why: rejected, expired, maxlen or delivery_limit.</param>
/// <param name="Exchange">The exchange to which it had been published.</param>
/// <param name="RoutingKeys">The key with which it had been published, then those of its CC header.</param>
internal sealed record Death(string Queue, string Reason, string Exchange, IReadOnlyList<string> RoutingKeys)
{
    /// <summary>The headers that tell of deaths.</summary>
    public static readonly IReadOnlyList<string> Headers =
    [
        "x-death", "x-first-death-exchange", "x-first-death-queue", "x-first-death-reason",
        "x-last-death-exchange", "x-last-death-queue", "x-last-death-reason",
    ];

    /// <summary>The first death; null where the headers tell of none.</summary>
    public static Death? FirstOf(IReadOnlyBasicProperties properties)
    {
        if (properties.Headers is not { } headers || headers.GetValueOrDefault("x-death") is not IEnumerable list)
        {
            return null;
        }

        // The newest stands first. A death that repeats itself moves to the front, so the headers of the first death say which it was.
        var deaths = list.OfType<IDictionary<string, object?>>().Select(Of).OfType<Death>().ToList();
        var (queue, reason) = (Text(headers, "x-first-death-queue"), Text(headers, "x-first-death-reason"));
        return deaths.FirstOrDefault(death => death.Queue == queue && death.Reason == reason) ?? deaths.LastOrDefault();
    }

    private static Death? Of(IDictionary<string, object?> entry) =>
        Text(entry, "queue") is { } queue && entry.GetValueOrDefault("routing-keys") is IEnumerable keys
        && keys.Cast<object?>().Select(AmqpValues.Text).OfType<string>().ToList() is { Count: > 0 } routingKeys
            ? new Death(queue, Text(entry, "reason") ?? "", Text(entry, "exchange") ?? "", routingKeys)
            : null;

    private static string? Text(IDictionary<string, object?> table, string name) => AmqpValues.Text(table.GetValueOrDefault(name));
}

/// <summary>Reads values of headers.</summary>
internal static class HeaderTables
{
    public static object? GetValueOrDefault(this IDictionary<string, object?> table, string name) =>
        table.TryGetValue(name, out var value) ? value : null;

    /// <summary>A whole number; 0 where there is none.</summary>
    public static long Number(this IDictionary<string, object?> table, string name) =>
        long.TryParse(AmqpValues.Text(table.GetValueOrDefault(name)), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
