using System.Text.Json;
using System.Text.Json.Serialization;
using OrleansBroker.Grains.Interfaces.Activity;

namespace OrleansBroker.Management.Json;

/// <summary><c>message_stats</c> as RabbitMQ has them: each count with its rate beside it.</summary>
internal sealed class MessageFiguresJson : JsonConverter<MessageFigures>
{
    private static readonly string[] Names =
    [
        "publish", "confirm", "return_unroutable", "drop_unroutable", "deliver", "deliver_no_ack", "get", "get_no_ack", "get_empty", "ack", "redeliver",
    ];

    private static readonly MessageCount[] DeliverGet = [MessageCount.Deliver, MessageCount.DeliverNoAck, MessageCount.Get, MessageCount.GetNoAck];

    public override MessageFigures Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("message_stats are written only");

    public override void Write(Utf8JsonWriter writer, MessageFigures value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        for (var kind = 0; kind < Names.Length; kind++)
        {
            Write(writer, Names[kind], value.Totals[kind], value.Rates[kind]);
        }

        Write(writer, "deliver_get", DeliverGet.Sum(kind => value.Totals[(int)kind]), DeliverGet.Sum(kind => value.Rates[(int)kind]));
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, string name, long total, double rate)
    {
        writer.WriteNumber(name, total);
        writer.WriteStartObject($"{name}_details");
        writer.WriteNumber("rate", Math.Round(rate, 1));
        writer.WriteEndObject();
    }
}

/// <summary>How quickly something changes, a second.</summary>
internal sealed record RateItem(double Rate)
{
    public static RateItem None { get; } = new(0);

    public static RateItem Of(double rate) => rate == 0 ? None : new(Math.Round(rate, 1));
}
