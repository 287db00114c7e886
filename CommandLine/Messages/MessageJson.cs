using System.Text.Json.Nodes;
using OrleansBroker.CommandLine.Amqp;
using OrleansBroker.CommandLine.Output;

namespace OrleansBroker.CommandLine.Messages;

/// <summary>A message as it is shown: in JSON with the names that the HTTP API has for it.</summary>
internal static class MessageJson
{
    // A table's cell is for looking at; --format json has all of it.
    private const int ShownLength = 200;

    public static readonly string[] Columns = ["exchange", "routing_key", "redelivered", "payload_bytes", "payload"];

    public static JsonObject Of(Delivery delivery)
    {
        var text = AmqpValues.Text(delivery.Body.Span);
        return new JsonObject
        {
            ["exchange"] = delivery.Exchange,
            ["routing_key"] = delivery.RoutingKey,
            ["redelivered"] = delivery.Redelivered,
            ["properties"] = PropertiesJson.Of(delivery.Properties),
            ["payload_bytes"] = delivery.Body.Length,
            ["payload"] = text ?? Convert.ToBase64String(delivery.Body.Span),
            ["payload_encoding"] = text is null ? "base64" : "string",
        };
    }

    /// <summary>A line with tabs between its cells, which are those of <see cref="Columns"/>.</summary>
    public static string Line(Delivery delivery)
    {
        var message = Of(delivery);
        return string.Join('\t', Columns.Select(column => Shortened(Cells.Text(message[column]))));
    }

    private static string Shortened(string text) => text.Length <= ShownLength ? text : text[..ShownLength] + "…";
}
