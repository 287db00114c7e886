using OrleansBroker.Amqp.Tables;

namespace OrleansBroker.Amqp.Content;

/// <summary>The fourteen properties of a basic message, decoded. Null means that the property is absent.</summary>
public sealed record BasicProperties
{
    /// <summary>Properties of which none is present.</summary>
    public static BasicProperties Empty { get; } = new();

    /// <summary>MIME type of the body.</summary>
    public string? ContentType { get; init; }
    /// <summary>MIME encoding of the body.</summary>
    public string? ContentEncoding { get; init; }
    /// <summary>Application headers; also what a headers exchange routes by.</summary>
    public FieldTable? Headers { get; init; }
    /// <summary>1 transient, 2 persistent.</summary>
    public byte? DeliveryMode { get; init; }
    /// <summary>Priority, 0 lowest.</summary>
    public byte? Priority { get; init; }
    /// <summary>Ties a reply to its request.</summary>
    public string? CorrelationId { get; init; }
    /// <summary>Queue that a reply is wanted in.</summary>
    public string? ReplyTo { get; init; }
    /// <summary>Time to live in milliseconds, as decimal text.</summary>
    public string? Expiration { get; init; }
    /// <summary>The application's id of the message.</summary>
    public string? MessageId { get; init; }
    /// <summary>When the application made the message.</summary>
    public AmqpTimestamp? Timestamp { get; init; }
    /// <summary>The application's name of the message's type.</summary>
    public string? Type { get; init; }
    /// <summary>The user that published; checked against the login.</summary>
    public string? UserId { get; init; }
    /// <summary>The application that published.</summary>
    public string? AppId { get; init; }
    /// <summary>Deprecated; passed through.</summary>
    public string? ClusterId { get; init; }
}
