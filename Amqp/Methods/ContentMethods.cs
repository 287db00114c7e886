namespace OrleansBroker.Amqp.Methods;

// The methods that content follows. Their names stay the octets of the payload that was read, or of the message that is written, so
// that no string is made for a message: who receives one looks them up, and who sends one has them encoded.

/// <summary>The bits of basic.publish, in the order of the wire.</summary>
[Flags]
public enum BasicPublishFlags : byte
{
    /// <summary>No bit is set.</summary>
    None = 0,
    /// <summary>The message comes back if it routes nowhere.</summary>
    Mandatory = 1,
    /// <summary>The message comes back if no consumer takes it at once; RabbitMQ refuses it.</summary>
    Immediate = 2,
}

/// <summary>basic.publish (60,40), from the client.</summary>
public readonly ref struct BasicPublish : IMethod<BasicPublish>
{
    /// <summary>The exchange's name in UTF-8; empty for the default exchange.</summary>
    public required ReadOnlySpan<byte> Exchange { get; init; }
    /// <summary>The routing key in UTF-8.</summary>
    public required ReadOnlySpan<byte> RoutingKey { get; init; }
    /// <summary>The bits.</summary>
    public BasicPublishFlags Flags { get; init; }

    static MethodId IMethod<BasicPublish>.Id => MethodId.BasicPublish;

    static BasicPublish IMethod<BasicPublish>.Read(scoped ref MethodReader reader)
    {
        reader.ReadShort();
        return new BasicPublish
        {
            Exchange = reader.ReadShortOctets(),
            RoutingKey = reader.ReadShortOctets(),
            Flags = (BasicPublishFlags)reader.ReadOctet(),
        };
    }

    static void IMethod<BasicPublish>.Write(scoped in BasicPublish method, ref MethodWriter writer)
    {
        writer.WriteShort(0);
        writer.WriteShortOctets(method.Exchange);
        writer.WriteShortOctets(method.RoutingKey);
        writer.WriteOctet((byte)method.Flags);
    }
}

/// <summary>basic.return (60,50), from the server: a message that could not be routed.</summary>
public readonly ref struct BasicReturn : IMethod<BasicReturn>
{
    /// <summary>Why; 312 NO_ROUTE.</summary>
    public required ushort ReplyCode { get; init; }
    /// <summary>Why, in UTF-8: <c>NO_ROUTE</c>.</summary>
    public required ReadOnlySpan<byte> ReplyText { get; init; }
    /// <summary>The exchange that it was published to, in UTF-8.</summary>
    public required ReadOnlySpan<byte> Exchange { get; init; }
    /// <summary>The routing key in UTF-8.</summary>
    public required ReadOnlySpan<byte> RoutingKey { get; init; }

    static MethodId IMethod<BasicReturn>.Id => MethodId.BasicReturn;

    static BasicReturn IMethod<BasicReturn>.Read(scoped ref MethodReader reader) => new()
    {
        ReplyCode = reader.ReadShort(),
        ReplyText = reader.ReadShortOctets(),
        Exchange = reader.ReadShortOctets(),
        RoutingKey = reader.ReadShortOctets(),
    };

    static void IMethod<BasicReturn>.Write(scoped in BasicReturn method, ref MethodWriter writer)
    {
        writer.WriteShort(method.ReplyCode);
        writer.WriteShortOctets(method.ReplyText);
        writer.WriteShortOctets(method.Exchange);
        writer.WriteShortOctets(method.RoutingKey);
    }
}

/// <summary>basic.deliver (60,60), from the server: a message for a consumer.</summary>
public readonly ref struct BasicDeliver : IMethod<BasicDeliver>
{
    /// <summary>The consumer's tag in UTF-8.</summary>
    public required ReadOnlySpan<byte> ConsumerTag { get; init; }
    /// <summary>The delivery's number on its channel, from 1.</summary>
    public required ulong DeliveryTag { get; init; }
    /// <summary>Whether it may have been delivered before.</summary>
    public required bool Redelivered { get; init; }
    /// <summary>The exchange that it was published to, in UTF-8.</summary>
    public required ReadOnlySpan<byte> Exchange { get; init; }
    /// <summary>The routing key in UTF-8.</summary>
    public required ReadOnlySpan<byte> RoutingKey { get; init; }

    static MethodId IMethod<BasicDeliver>.Id => MethodId.BasicDeliver;

    static BasicDeliver IMethod<BasicDeliver>.Read(scoped ref MethodReader reader) => new()
    {
        ConsumerTag = reader.ReadShortOctets(),
        DeliveryTag = reader.ReadLongLong(),
        Redelivered = reader.ReadBit(),
        Exchange = reader.ReadShortOctets(),
        RoutingKey = reader.ReadShortOctets(),
    };

    static void IMethod<BasicDeliver>.Write(scoped in BasicDeliver method, ref MethodWriter writer)
    {
        writer.WriteShortOctets(method.ConsumerTag);
        writer.WriteLongLong(method.DeliveryTag);
        writer.WriteBit(method.Redelivered);
        writer.WriteShortOctets(method.Exchange);
        writer.WriteShortOctets(method.RoutingKey);
    }
}

/// <summary>basic.get-ok (60,71), from the server: the message that was asked for.</summary>
public readonly ref struct BasicGetOk : IMethod<BasicGetOk>
{
    /// <summary>The delivery's number on its channel, from 1.</summary>
    public required ulong DeliveryTag { get; init; }
    /// <summary>Whether it may have been delivered before.</summary>
    public required bool Redelivered { get; init; }
    /// <summary>The exchange that it was published to, in UTF-8.</summary>
    public required ReadOnlySpan<byte> Exchange { get; init; }
    /// <summary>The routing key in UTF-8.</summary>
    public required ReadOnlySpan<byte> RoutingKey { get; init; }
    /// <summary>Messages that are ready after this one.</summary>
    public required uint MessageCount { get; init; }

    static MethodId IMethod<BasicGetOk>.Id => MethodId.BasicGetOk;

    static BasicGetOk IMethod<BasicGetOk>.Read(scoped ref MethodReader reader) => new()
    {
        DeliveryTag = reader.ReadLongLong(),
        Redelivered = reader.ReadBit(),
        Exchange = reader.ReadShortOctets(),
        RoutingKey = reader.ReadShortOctets(),
        MessageCount = reader.ReadLong(),
    };

    static void IMethod<BasicGetOk>.Write(scoped in BasicGetOk method, ref MethodWriter writer)
    {
        writer.WriteLongLong(method.DeliveryTag);
        writer.WriteBit(method.Redelivered);
        writer.WriteShortOctets(method.Exchange);
        writer.WriteShortOctets(method.RoutingKey);
        writer.WriteLong(method.MessageCount);
    }
}
