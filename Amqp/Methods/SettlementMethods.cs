namespace OrleansBroker.Amqp.Methods;

/// <summary>basic.ack (60,80), from the client for deliveries, from the server for publishes.</summary>
/// <param name="DeliveryTag">The tag on this channel.</param>
/// <param name="Multiple">Whether it means all up to and including the tag.</param>
public readonly record struct BasicAck(ulong DeliveryTag, bool Multiple) : IMethod<BasicAck>
{
    static MethodId IMethod<BasicAck>.Id => MethodId.BasicAck;

    static BasicAck IMethod<BasicAck>.Read(scoped ref MethodReader reader) =>
        new(reader.ReadLongLong(), reader.ReadBit());

    static void IMethod<BasicAck>.Write(scoped in BasicAck method, ref MethodWriter writer)
    {
        writer.WriteLongLong(method.DeliveryTag);
        writer.WriteBit(method.Multiple);
    }
}

/// <summary>basic.reject (60,90), from the client.</summary>
/// <param name="DeliveryTag">The tag on this channel.</param>
/// <param name="Requeue">Whether the message goes back into its queue.</param>
public readonly record struct BasicReject(ulong DeliveryTag, bool Requeue) : IMethod<BasicReject>
{
    static MethodId IMethod<BasicReject>.Id => MethodId.BasicReject;

    static BasicReject IMethod<BasicReject>.Read(scoped ref MethodReader reader) =>
        new(reader.ReadLongLong(), reader.ReadBit());

    static void IMethod<BasicReject>.Write(scoped in BasicReject method, ref MethodWriter writer)
    {
        writer.WriteLongLong(method.DeliveryTag);
        writer.WriteBit(method.Requeue);
    }
}

/// <summary>The bits of basic.nack, in the order of the wire.</summary>
[Flags]
public enum BasicNackFlags : byte
{
    /// <summary>No bit is set.</summary>
    None = 0,
    /// <summary>All up to and including the tag.</summary>
    Multiple = 1,
    /// <summary>The messages go back into their queues.</summary>
    Requeue = 2,
}

/// <summary>basic.nack (60,120), from the client for deliveries, from the server for publishes.</summary>
/// <param name="DeliveryTag">The tag on this channel.</param>
/// <param name="Flags">The bits.</param>
public readonly record struct BasicNack(ulong DeliveryTag, BasicNackFlags Flags) : IMethod<BasicNack>
{
    static MethodId IMethod<BasicNack>.Id => MethodId.BasicNack;

    static BasicNack IMethod<BasicNack>.Read(scoped ref MethodReader reader) =>
        new(reader.ReadLongLong(), (BasicNackFlags)reader.ReadOctet());

    static void IMethod<BasicNack>.Write(scoped in BasicNack method, ref MethodWriter writer)
    {
        writer.WriteLongLong(method.DeliveryTag);
        writer.WriteOctet((byte)method.Flags);
    }
}

/// <summary>basic.recover-async (60,100), from the client. Deprecated; it has no answer.</summary>
/// <param name="Requeue">True to redeliver to any consumer.</param>
public readonly record struct BasicRecoverAsync(bool Requeue) : IMethod<BasicRecoverAsync>
{
    static MethodId IMethod<BasicRecoverAsync>.Id => MethodId.BasicRecoverAsync;

    static BasicRecoverAsync IMethod<BasicRecoverAsync>.Read(scoped ref MethodReader reader) =>
        new(reader.ReadBit());

    static void IMethod<BasicRecoverAsync>.Write(scoped in BasicRecoverAsync method, ref MethodWriter writer) =>
        writer.WriteBit(method.Requeue);
}

/// <summary>basic.recover (60,110), from the client.</summary>
/// <param name="Requeue">True to redeliver to any consumer.</param>
public readonly record struct BasicRecover(bool Requeue) : IMethod<BasicRecover>
{
    static MethodId IMethod<BasicRecover>.Id => MethodId.BasicRecover;

    static BasicRecover IMethod<BasicRecover>.Read(scoped ref MethodReader reader) =>
        new(reader.ReadBit());

    static void IMethod<BasicRecover>.Write(scoped in BasicRecover method, ref MethodWriter writer) =>
        writer.WriteBit(method.Requeue);
}

/// <summary>confirm.select (85,10), from the client.</summary>
/// <param name="NoWait">Whether no answer is wanted.</param>
public readonly record struct ConfirmSelect(bool NoWait) : IMethod<ConfirmSelect>
{
    static MethodId IMethod<ConfirmSelect>.Id => MethodId.ConfirmSelect;

    static ConfirmSelect IMethod<ConfirmSelect>.Read(scoped ref MethodReader reader) =>
        new(reader.ReadBit());

    static void IMethod<ConfirmSelect>.Write(scoped in ConfirmSelect method, ref MethodWriter writer) =>
        writer.WriteBit(method.NoWait);
}
