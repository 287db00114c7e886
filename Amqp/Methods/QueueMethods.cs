using OrleansBroker.Amqp.Tables;

namespace OrleansBroker.Amqp.Methods;

/// <summary>The bits of queue.declare, in the order of the wire.</summary>
[Flags]
public enum QueueDeclareFlags : byte
{
    /// <summary>No bit is set.</summary>
    None = 0,
    /// <summary>Only ask whether it exists.</summary>
    Passive = 1,
    /// <summary>Outlives a restart.</summary>
    Durable = 2,
    /// <summary>Of this connection only.</summary>
    Exclusive = 4,
    /// <summary>Goes when its last consumer goes.</summary>
    AutoDelete = 8,
    /// <summary>No answer is wanted.</summary>
    NoWait = 16,
}

/// <summary>queue.declare (50,10), from the client.</summary>
/// <param name="Queue">Its name; empty for one that the broker chooses.</param>
/// <param name="Flags">The bits.</param>
/// <param name="Arguments">Further arguments.</param>
public readonly record struct QueueDeclare(string Queue, QueueDeclareFlags Flags, FieldTable Arguments) : IMethod<QueueDeclare>
{
    static MethodId IMethod<QueueDeclare>.Id => MethodId.QueueDeclare;

    static QueueDeclare IMethod<QueueDeclare>.Read(scoped ref MethodReader reader)
    {
        reader.ReadShort();
        return new(reader.ReadShortString(), (QueueDeclareFlags)reader.ReadOctet(), reader.ReadTable());
    }

    static void IMethod<QueueDeclare>.Write(scoped in QueueDeclare method, ref MethodWriter writer)
    {
        writer.WriteShort(0);
        writer.WriteShortString(method.Queue);
        writer.WriteOctet((byte)method.Flags);
        writer.WriteTable(method.Arguments);
    }
}

/// <summary>queue.declare-ok (50,11), from the server.</summary>
/// <param name="Queue">Its name.</param>
/// <param name="MessageCount">Messages that are ready.</param>
/// <param name="ConsumerCount">Consumers.</param>
public readonly record struct QueueDeclareOk(string Queue, uint MessageCount, uint ConsumerCount) : IMethod<QueueDeclareOk>
{
    static MethodId IMethod<QueueDeclareOk>.Id => MethodId.QueueDeclareOk;

    static QueueDeclareOk IMethod<QueueDeclareOk>.Read(scoped ref MethodReader reader) =>
        new(reader.ReadShortString(), reader.ReadLong(), reader.ReadLong());

    static void IMethod<QueueDeclareOk>.Write(scoped in QueueDeclareOk method, ref MethodWriter writer)
    {
        writer.WriteShortString(method.Queue);
        writer.WriteLong(method.MessageCount);
        writer.WriteLong(method.ConsumerCount);
    }
}

/// <summary>queue.bind (50,20), from the client.</summary>
/// <param name="Queue">Its name; empty for the last one that the channel declared.</param>
/// <param name="Exchange">The exchange.</param>
/// <param name="RoutingKey">The binding's key.</param>
/// <param name="NoWait">Whether no answer is wanted.</param>
/// <param name="Arguments">Further arguments.</param>
public readonly record struct QueueBind(
    string Queue,
    string Exchange,
    string RoutingKey,
    bool NoWait,
    FieldTable Arguments)
    : IMethod<QueueBind>
{
    static MethodId IMethod<QueueBind>.Id => MethodId.QueueBind;

    static QueueBind IMethod<QueueBind>.Read(scoped ref MethodReader reader)
    {
        reader.ReadShort();
        return new(reader.ReadShortString(), reader.ReadShortString(), reader.ReadShortString(), reader.ReadBit(), reader.ReadTable());
    }

    static void IMethod<QueueBind>.Write(scoped in QueueBind method, ref MethodWriter writer)
    {
        writer.WriteShort(0);
        writer.WriteShortString(method.Queue);
        writer.WriteShortString(method.Exchange);
        writer.WriteShortString(method.RoutingKey);
        writer.WriteBit(method.NoWait);
        writer.WriteTable(method.Arguments);
    }
}

/// <summary>queue.purge (50,30), from the client.</summary>
/// <param name="Queue">Its name; empty for the last one that the channel declared.</param>
/// <param name="NoWait">Whether no answer is wanted.</param>
public readonly record struct QueuePurge(string Queue, bool NoWait) : IMethod<QueuePurge>
{
    static MethodId IMethod<QueuePurge>.Id => MethodId.QueuePurge;

    static QueuePurge IMethod<QueuePurge>.Read(scoped ref MethodReader reader)
    {
        reader.ReadShort();
        return new(reader.ReadShortString(), reader.ReadBit());
    }

    static void IMethod<QueuePurge>.Write(scoped in QueuePurge method, ref MethodWriter writer)
    {
        writer.WriteShort(0);
        writer.WriteShortString(method.Queue);
        writer.WriteBit(method.NoWait);
    }
}

/// <summary>queue.purge-ok (50,31), from the server.</summary>
/// <param name="MessageCount">Messages that were purged.</param>
public readonly record struct QueuePurgeOk(uint MessageCount) : IMethod<QueuePurgeOk>
{
    static MethodId IMethod<QueuePurgeOk>.Id => MethodId.QueuePurgeOk;

    static QueuePurgeOk IMethod<QueuePurgeOk>.Read(scoped ref MethodReader reader) =>
        new(reader.ReadLong());

    static void IMethod<QueuePurgeOk>.Write(scoped in QueuePurgeOk method, ref MethodWriter writer) =>
        writer.WriteLong(method.MessageCount);
}

/// <summary>The bits of queue.delete, in the order of the wire.</summary>
[Flags]
public enum QueueDeleteFlags : byte
{
    /// <summary>No bit is set.</summary>
    None = 0,
    /// <summary>Only if it has no consumers.</summary>
    IfUnused = 1,
    /// <summary>Only if it holds no messages.</summary>
    IfEmpty = 2,
    /// <summary>No answer is wanted.</summary>
    NoWait = 4,
}

/// <summary>queue.delete (50,40), from the client.</summary>
/// <param name="Queue">Its name; empty for the last one that the channel declared.</param>
/// <param name="Flags">The bits.</param>
public readonly record struct QueueDelete(string Queue, QueueDeleteFlags Flags) : IMethod<QueueDelete>
{
    static MethodId IMethod<QueueDelete>.Id => MethodId.QueueDelete;

    static QueueDelete IMethod<QueueDelete>.Read(scoped ref MethodReader reader)
    {
        reader.ReadShort();
        return new(reader.ReadShortString(), (QueueDeleteFlags)reader.ReadOctet());
    }

    static void IMethod<QueueDelete>.Write(scoped in QueueDelete method, ref MethodWriter writer)
    {
        writer.WriteShort(0);
        writer.WriteShortString(method.Queue);
        writer.WriteOctet((byte)method.Flags);
    }
}

/// <summary>queue.delete-ok (50,41), from the server.</summary>
/// <param name="MessageCount">Messages that went with it.</param>
public readonly record struct QueueDeleteOk(uint MessageCount) : IMethod<QueueDeleteOk>
{
    static MethodId IMethod<QueueDeleteOk>.Id => MethodId.QueueDeleteOk;

    static QueueDeleteOk IMethod<QueueDeleteOk>.Read(scoped ref MethodReader reader) =>
        new(reader.ReadLong());

    static void IMethod<QueueDeleteOk>.Write(scoped in QueueDeleteOk method, ref MethodWriter writer) =>
        writer.WriteLong(method.MessageCount);
}

/// <summary>queue.unbind (50,50), from the client. It has no no-wait.</summary>
/// <param name="Queue">Its name; empty for the last one that the channel declared.</param>
/// <param name="Exchange">The exchange.</param>
/// <param name="RoutingKey">The binding's key.</param>
/// <param name="Arguments">Further arguments.</param>
public readonly record struct QueueUnbind(string Queue, string Exchange, string RoutingKey, FieldTable Arguments) : IMethod<QueueUnbind>
{
    static MethodId IMethod<QueueUnbind>.Id => MethodId.QueueUnbind;

    static QueueUnbind IMethod<QueueUnbind>.Read(scoped ref MethodReader reader)
    {
        reader.ReadShort();
        return new(reader.ReadShortString(), reader.ReadShortString(), reader.ReadShortString(), reader.ReadTable());
    }

    static void IMethod<QueueUnbind>.Write(scoped in QueueUnbind method, ref MethodWriter writer)
    {
        writer.WriteShort(0);
        writer.WriteShortString(method.Queue);
        writer.WriteShortString(method.Exchange);
        writer.WriteShortString(method.RoutingKey);
        writer.WriteTable(method.Arguments);
    }
}
