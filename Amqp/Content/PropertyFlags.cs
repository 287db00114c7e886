namespace OrleansBroker.Amqp.Content;

/// <summary>The property flags of a basic content header (AMQP 0-9-1 §4.2.6.1): which properties follow, in this order.</summary>
[Flags]
public enum PropertyFlags : ushort
{
    /// <summary>No property is present.</summary>
    None = 0,
    /// <summary>content-type, a short string.</summary>
    ContentType = 1 << 15,
    /// <summary>content-encoding, a short string.</summary>
    ContentEncoding = 1 << 14,
    /// <summary>headers, a field table.</summary>
    Headers = 1 << 13,
    /// <summary>delivery-mode, an octet: 1 transient, 2 persistent.</summary>
    DeliveryMode = 1 << 12,
    /// <summary>priority, an octet.</summary>
    Priority = 1 << 11,
    /// <summary>correlation-id, a short string.</summary>
    CorrelationId = 1 << 10,
    /// <summary>reply-to, a short string.</summary>
    ReplyTo = 1 << 9,
    /// <summary>expiration, a short string: milliseconds in decimal.</summary>
    Expiration = 1 << 8,
    /// <summary>message-id, a short string.</summary>
    MessageId = 1 << 7,
    /// <summary>timestamp, seconds since 1970 in 64 bits.</summary>
    Timestamp = 1 << 6,
    /// <summary>type, a short string.</summary>
    Type = 1 << 5,
    /// <summary>user-id, a short string.</summary>
    UserId = 1 << 4,
    /// <summary>app-id, a short string.</summary>
    AppId = 1 << 3,
    /// <summary>cluster-id, a short string; deprecated, passed through.</summary>
    ClusterId = 1 << 2,
}
