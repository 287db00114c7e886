using System.Text;
using System.Text.Json;
using OrleansBroker.ClientLib.Publishing;
using OrleansBroker.Grains.Interfaces.Messages;

namespace OrleansBroker.ClientLib.Messages;

/// <summary>Payloads between the application's types and bytes: bytes untouched, text as UTF-8, anything else as JSON.</summary>
internal sealed class Payload(JsonSerializerOptions json, bool copyBytes)
{
    private const string Text = "text/plain";
    private const string Json = "application/json";

    // Nearly all messages have one of these few lists of properties: encode them once.
    private readonly byte[] _bytesOnly = new MessageProperties().Encode(null);
    private readonly byte[] _textOnly = new MessageProperties().Encode(Text);
    private readonly byte[] _jsonOnly = new MessageProperties().Encode(Json);
    private EncodedProperties? _last;

    public BrokerMessage Encode<T>(T value, Route route, MessageProperties? properties)
    {
        if (value is PublishMessage own)
        {
            var body = Own(own.Body);
            route = new Route(own.Exchange ?? route.Exchange, own.RoutingKey ?? route.RoutingKey);
            return new BrokerMessage(route.Exchange, route.RoutingKey, PropertiesOf(own.Properties ?? properties, null), body);
        }

        if (value is Delivery delivery)
        {
            // Passed on as it came: properties stay byte-exact.
            return delivery.Message.WithRoute(route.Exchange, route.RoutingKey);
        }

        var (bytes, contentType) = value switch
        {
            string text => ((ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(text), (string?)Text),
            byte[] array => (Own(array), null),
            ReadOnlyMemory<byte> memory => (Own(memory), null),
            Memory<byte> memory => (Own(memory), null),
            ArraySegment<byte> segment => (Own(segment), null),
            _ => ((ReadOnlyMemory<byte>)JsonSerializer.SerializeToUtf8Bytes(value, json), Json),
        };
        return new BrokerMessage(route.Exchange, route.RoutingKey, PropertiesOf(properties, contentType), bytes);
    }

    public T? Decode<T>(ReadOnlyMemory<byte> body)
    {
        if (typeof(T) == typeof(string))
        {
            return (T)(object)Encoding.UTF8.GetString(body.Span);
        }

        if (typeof(T) == typeof(byte[]))
        {
            return (T)(object)body.ToArray();
        }

        return typeof(T) == typeof(ReadOnlyMemory<byte>) ? (T)(object)body : JsonSerializer.Deserialize<T>(body.Span, json);
    }

    /// <summary>Inside a silo the broker keeps what it is given: the application's buffer stays the application's.</summary>
    private ReadOnlyMemory<byte> Own(ReadOnlyMemory<byte> bytes) => copyBytes ? bytes.ToArray() : bytes;

    private ReadOnlyMemory<byte> PropertiesOf(MessageProperties? properties, string? contentType)
    {
        if (properties is null)
        {
            return contentType switch
            {
                null => _bytesOnly,
                Text => _textOnly,
                _ => _jsonOnly,
            };
        }

        // Headers may be a dictionary that the application changes; the rest of a record stays as it is.
        if (properties.Headers.Count > 0)
        {
            return properties.Encode(contentType);
        }

        // An application that publishes many messages with one set of properties passes the same object.
        var last = Volatile.Read(ref _last);
        if (last is not null && ReferenceEquals(last.Source, properties) && last.ContentType == contentType)
        {
            return last.Encoded;
        }

        last = new EncodedProperties(properties, contentType, properties.Encode(contentType));
        Volatile.Write(ref _last, last);
        return last.Encoded;
    }

    private sealed record EncodedProperties(MessageProperties Source, string? ContentType, byte[] Encoded);
}
