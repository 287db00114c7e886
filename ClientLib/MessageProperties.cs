using System.Globalization;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.ClientLib.Definitions;
using OrleansBroker.ClientLib.Messages;

namespace OrleansBroker.ClientLib;

/// <summary>What travels with a message beside its body: the fourteen basic properties. Null, and the defaults, mean absent.</summary>
public sealed record MessageProperties
{
    /// <summary>Whether the message survives a restart of the broker, in a durable queue. Default true: users expect safety.</summary>
    public bool Persistent { get; init; } = true;

    /// <summary>
    /// MIME type of the body. Default null: <c>text/plain</c> for a text, <c>application/json</c> for a typed payload, absent for bytes.
    /// </summary>
    public string? ContentType { get; init; }

    /// <summary>MIME encoding of the body.</summary>
    public string? ContentEncoding { get; init; }

    /// <summary>
    /// Application headers, also what a headers exchange routes by: <see cref="bool"/>, numbers, <see cref="string"/>, <c>byte[]</c>,
    /// <see cref="DateTimeOffset"/>, lists and dictionaries of these. Default none.
    /// </summary>
    public IReadOnlyDictionary<string, object?> Headers { get; init; } = EmptyArguments.Instance;

    /// <summary>Priority in a queue that has priorities, 0 lowest. Default null: 0.</summary>
    public byte? Priority { get; init; }

    /// <summary>How long the message stays in a queue before it expires, to the millisecond. Default null: it does not.</summary>
    public TimeSpan? TimeToLive { get; init; }

    /// <summary>Ties a reply to its request.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>Queue that a reply is wanted in.</summary>
    public string? ReplyTo { get; init; }

    /// <summary>The application's id of the message.</summary>
    public string? MessageId { get; init; }

    /// <summary>When the application made the message; whole seconds are kept.</summary>
    public DateTimeOffset? Timestamp { get; init; }

    /// <summary>The application's name of the message's type.</summary>
    public string? Type { get; init; }

    /// <summary>The user that publishes; where it is set it has to be the connection's.</summary>
    public string? UserId { get; init; }

    /// <summary>The application that publishes.</summary>
    public string? AppId { get; init; }

    /// <summary>Deprecated by AMQP; passed through.</summary>
    public string? ClusterId { get; init; }

    internal static MessageProperties Decode(ReadOnlySpan<byte> encoded)
    {
        var basic = BasicPropertiesReader.Read(encoded);
        return new MessageProperties
        {
            Persistent = basic.DeliveryMode == 2,
            ContentType = basic.ContentType,
            ContentEncoding = basic.ContentEncoding,
            Headers = HeaderValues.ToDictionary(basic.Headers),
            Priority = basic.Priority,
            // Other clients may put anything there; what is no number is no time to live.
            TimeToLive = long.TryParse(basic.Expiration, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
                ? TimeSpan.FromMilliseconds(milliseconds)
                : null,
            CorrelationId = basic.CorrelationId,
            ReplyTo = basic.ReplyTo,
            MessageId = basic.MessageId,
            Timestamp = basic.Timestamp is { } time ? DateTimeOffset.FromUnixTimeSeconds(time.UnixTimeSeconds) : null,
            Type = basic.Type,
            UserId = basic.UserId,
            AppId = basic.AppId,
            ClusterId = basic.ClusterId,
        };
    }

    internal byte[] Encode(string? contentType) => BasicPropertiesWriter.ToArray(new BasicProperties
    {
        DeliveryMode = Persistent ? (byte)2 : (byte)1,
        ContentType = ContentType ?? contentType,
        ContentEncoding = ContentEncoding,
        Headers = Headers.Count == 0 ? null : HeaderValues.ToTable(Headers),
        Priority = Priority,
        Expiration = TimeToLive is { } time ? ((long)time.TotalMilliseconds).ToString(CultureInfo.InvariantCulture) : null,
        CorrelationId = CorrelationId,
        ReplyTo = ReplyTo,
        MessageId = MessageId,
        Timestamp = Timestamp is { } stamp ? new AmqpTimestamp(stamp.ToUnixTimeSeconds()) : null,
        Type = Type,
        UserId = UserId,
        AppId = AppId,
        ClusterId = ClusterId,
    });
}
