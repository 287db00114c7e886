using OrleansBroker.Amqp.Tables;

namespace OrleansBroker.Amqp.Methods;

/// <summary>basic.qos (60,10), from the client.</summary>
/// <param name="PrefetchSize">Octets that may be unacknowledged; 0 for no limit.</param>
/// <param name="PrefetchCount">Messages that may be unacknowledged; 0 for no limit.</param>
/// <param name="Global">Whether the channel shares the limit, rather than each of its later consumers having it.</param>
public readonly record struct BasicQos(uint PrefetchSize, ushort PrefetchCount, bool Global) : IMethod<BasicQos>
{
    static MethodId IMethod<BasicQos>.Id => MethodId.BasicQos;

    static BasicQos IMethod<BasicQos>.Read(scoped ref MethodReader reader) =>
        new(reader.ReadLong(), reader.ReadShort(), reader.ReadBit());

    static void IMethod<BasicQos>.Write(scoped in BasicQos method, ref MethodWriter writer)
    {
        writer.WriteLong(method.PrefetchSize);
        writer.WriteShort(method.PrefetchCount);
        writer.WriteBit(method.Global);
    }
}

/// <summary>The bits of basic.consume, in the order of the wire.</summary>
[Flags]
public enum BasicConsumeFlags : byte
{
    /// <summary>No bit is set.</summary>
    None = 0,
    /// <summary>Nothing that this connection published; ignored.</summary>
    NoLocal = 1,
    /// <summary>Deliveries count as acknowledged when they are sent.</summary>
    NoAck = 2,
    /// <summary>No other consumer on the queue.</summary>
    Exclusive = 4,
    /// <summary>No answer is wanted.</summary>
    NoWait = 8,
}

/// <summary>basic.consume (60,20), from the client.</summary>
/// <param name="Queue">The queue; empty for the last one that the channel declared.</param>
/// <param name="ConsumerTag">The consumer's tag; empty for one that the broker chooses.</param>
/// <param name="Flags">The bits.</param>
/// <param name="Arguments">Further arguments.</param>
public readonly record struct BasicConsume(
    string Queue,
    string ConsumerTag,
    BasicConsumeFlags Flags,
    FieldTable Arguments)
    : IMethod<BasicConsume>
{
    static MethodId IMethod<BasicConsume>.Id => MethodId.BasicConsume;

    static BasicConsume IMethod<BasicConsume>.Read(scoped ref MethodReader reader)
    {
        reader.ReadShort();
        return new(reader.ReadShortString(), reader.ReadShortString(), (BasicConsumeFlags)reader.ReadOctet(), reader.ReadTable());
    }

    static void IMethod<BasicConsume>.Write(scoped in BasicConsume method, ref MethodWriter writer)
    {
        writer.WriteShort(0);
        writer.WriteShortString(method.Queue);
        writer.WriteShortString(method.ConsumerTag);
        writer.WriteOctet((byte)method.Flags);
        writer.WriteTable(method.Arguments);
    }
}

/// <summary>basic.consume-ok (60,21), from the server.</summary>
/// <param name="ConsumerTag">The consumer's tag.</param>
public readonly record struct BasicConsumeOk(string ConsumerTag) : IMethod<BasicConsumeOk>
{
    static MethodId IMethod<BasicConsumeOk>.Id => MethodId.BasicConsumeOk;

    static BasicConsumeOk IMethod<BasicConsumeOk>.Read(scoped ref MethodReader reader) =>
        new(reader.ReadShortString());

    static void IMethod<BasicConsumeOk>.Write(scoped in BasicConsumeOk method, ref MethodWriter writer) =>
        writer.WriteShortString(method.ConsumerTag);
}

/// <summary>basic.cancel (60,30), from the client; or from the server, when the queue is gone.</summary>
/// <param name="ConsumerTag">The consumer's tag.</param>
/// <param name="NoWait">Whether no answer is wanted.</param>
public readonly record struct BasicCancel(string ConsumerTag, bool NoWait) : IMethod<BasicCancel>
{
    static MethodId IMethod<BasicCancel>.Id => MethodId.BasicCancel;

    static BasicCancel IMethod<BasicCancel>.Read(scoped ref MethodReader reader) =>
        new(reader.ReadShortString(), reader.ReadBit());

    static void IMethod<BasicCancel>.Write(scoped in BasicCancel method, ref MethodWriter writer)
    {
        writer.WriteShortString(method.ConsumerTag);
        writer.WriteBit(method.NoWait);
    }
}

/// <summary>basic.cancel-ok (60,31).</summary>
/// <param name="ConsumerTag">The consumer's tag.</param>
public readonly record struct BasicCancelOk(string ConsumerTag) : IMethod<BasicCancelOk>
{
    static MethodId IMethod<BasicCancelOk>.Id => MethodId.BasicCancelOk;

    static BasicCancelOk IMethod<BasicCancelOk>.Read(scoped ref MethodReader reader) =>
        new(reader.ReadShortString());

    static void IMethod<BasicCancelOk>.Write(scoped in BasicCancelOk method, ref MethodWriter writer) =>
        writer.WriteShortString(method.ConsumerTag);
}

/// <summary>basic.get (60,70), from the client.</summary>
/// <param name="Queue">The queue; empty for the last one that the channel declared.</param>
/// <param name="NoAck">Whether the message counts as acknowledged when it is sent.</param>
public readonly record struct BasicGet(string Queue, bool NoAck) : IMethod<BasicGet>
{
    static MethodId IMethod<BasicGet>.Id => MethodId.BasicGet;

    static BasicGet IMethod<BasicGet>.Read(scoped ref MethodReader reader)
    {
        reader.ReadShort();
        return new(reader.ReadShortString(), reader.ReadBit());
    }

    static void IMethod<BasicGet>.Write(scoped in BasicGet method, ref MethodWriter writer)
    {
        writer.WriteShort(0);
        writer.WriteShortString(method.Queue);
        writer.WriteBit(method.NoAck);
    }
}

/// <summary>basic.get-empty (60,72), from the server.</summary>
public readonly record struct BasicGetEmpty : IMethod<BasicGetEmpty>
{
    static MethodId IMethod<BasicGetEmpty>.Id => MethodId.BasicGetEmpty;

    static BasicGetEmpty IMethod<BasicGetEmpty>.Read(scoped ref MethodReader reader)
    {
        reader.ReadShortString();
        return default;
    }

    static void IMethod<BasicGetEmpty>.Write(scoped in BasicGetEmpty method, ref MethodWriter writer) =>
        writer.WriteShortString("");
}
