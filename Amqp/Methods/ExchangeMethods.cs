using OrleansBroker.Amqp.Tables;

namespace OrleansBroker.Amqp.Methods;

/// <summary>The bits of exchange.declare, in the order of the wire.</summary>
[Flags]
public enum ExchangeDeclareFlags : byte
{
    /// <summary>No bit is set.</summary>
    None = 0,
    /// <summary>Only ask whether it exists.</summary>
    Passive = 1,
    /// <summary>Outlives a restart.</summary>
    Durable = 2,
    /// <summary>Goes when its last binding goes.</summary>
    AutoDelete = 4,
    /// <summary>Takes no publishes.</summary>
    Internal = 8,
    /// <summary>No answer is wanted.</summary>
    NoWait = 16,
}

/// <summary>exchange.declare (40,10), from the client.</summary>
/// <param name="Exchange">Its name.</param>
/// <param name="Type">Its type: direct, fanout, topic, headers or another.</param>
/// <param name="Flags">The bits.</param>
/// <param name="Arguments">Further arguments.</param>
public readonly record struct ExchangeDeclare(
    string Exchange,
    string Type,
    ExchangeDeclareFlags Flags,
    FieldTable Arguments)
    : IMethod<ExchangeDeclare>
{
    static MethodId IMethod<ExchangeDeclare>.Id => MethodId.ExchangeDeclare;

    static ExchangeDeclare IMethod<ExchangeDeclare>.Read(scoped ref MethodReader reader)
    {
        reader.ReadShort();
        return new(reader.ReadShortString(), reader.ReadShortString(), (ExchangeDeclareFlags)reader.ReadOctet(), reader.ReadTable());
    }

    static void IMethod<ExchangeDeclare>.Write(scoped in ExchangeDeclare method, ref MethodWriter writer)
    {
        writer.WriteShort(0);
        writer.WriteShortString(method.Exchange);
        writer.WriteShortString(method.Type);
        writer.WriteOctet((byte)method.Flags);
        writer.WriteTable(method.Arguments);
    }
}

/// <summary>The bits of exchange.delete, in the order of the wire.</summary>
[Flags]
public enum ExchangeDeleteFlags : byte
{
    /// <summary>No bit is set.</summary>
    None = 0,
    /// <summary>Only if it has no bindings.</summary>
    IfUnused = 1,
    /// <summary>No answer is wanted.</summary>
    NoWait = 2,
}

/// <summary>exchange.delete (40,20), from the client.</summary>
/// <param name="Exchange">Its name.</param>
/// <param name="Flags">The bits.</param>
public readonly record struct ExchangeDelete(string Exchange, ExchangeDeleteFlags Flags) : IMethod<ExchangeDelete>
{
    static MethodId IMethod<ExchangeDelete>.Id => MethodId.ExchangeDelete;

    static ExchangeDelete IMethod<ExchangeDelete>.Read(scoped ref MethodReader reader)
    {
        reader.ReadShort();
        return new(reader.ReadShortString(), (ExchangeDeleteFlags)reader.ReadOctet());
    }

    static void IMethod<ExchangeDelete>.Write(scoped in ExchangeDelete method, ref MethodWriter writer)
    {
        writer.WriteShort(0);
        writer.WriteShortString(method.Exchange);
        writer.WriteOctet((byte)method.Flags);
    }
}

/// <summary>exchange.bind (40,30), from the client.</summary>
/// <param name="Destination">The exchange that is routed to.</param>
/// <param name="Source">The exchange that is routed from.</param>
/// <param name="RoutingKey">The binding's key.</param>
/// <param name="NoWait">Whether no answer is wanted.</param>
/// <param name="Arguments">Further arguments.</param>
public readonly record struct ExchangeBind(
    string Destination,
    string Source,
    string RoutingKey,
    bool NoWait,
    FieldTable Arguments)
    : IMethod<ExchangeBind>
{
    static MethodId IMethod<ExchangeBind>.Id => MethodId.ExchangeBind;

    static ExchangeBind IMethod<ExchangeBind>.Read(scoped ref MethodReader reader)
    {
        reader.ReadShort();
        return new(reader.ReadShortString(), reader.ReadShortString(), reader.ReadShortString(), reader.ReadBit(), reader.ReadTable());
    }

    static void IMethod<ExchangeBind>.Write(scoped in ExchangeBind method, ref MethodWriter writer)
    {
        writer.WriteShort(0);
        writer.WriteShortString(method.Destination);
        writer.WriteShortString(method.Source);
        writer.WriteShortString(method.RoutingKey);
        writer.WriteBit(method.NoWait);
        writer.WriteTable(method.Arguments);
    }
}

/// <summary>exchange.unbind (40,40), from the client.</summary>
/// <param name="Destination">The exchange that is routed to.</param>
/// <param name="Source">The exchange that is routed from.</param>
/// <param name="RoutingKey">The binding's key.</param>
/// <param name="NoWait">Whether no answer is wanted.</param>
/// <param name="Arguments">Further arguments.</param>
public readonly record struct ExchangeUnbind(
    string Destination,
    string Source,
    string RoutingKey,
    bool NoWait,
    FieldTable Arguments)
    : IMethod<ExchangeUnbind>
{
    static MethodId IMethod<ExchangeUnbind>.Id => MethodId.ExchangeUnbind;

    static ExchangeUnbind IMethod<ExchangeUnbind>.Read(scoped ref MethodReader reader)
    {
        reader.ReadShort();
        return new(reader.ReadShortString(), reader.ReadShortString(), reader.ReadShortString(), reader.ReadBit(), reader.ReadTable());
    }

    static void IMethod<ExchangeUnbind>.Write(scoped in ExchangeUnbind method, ref MethodWriter writer)
    {
        writer.WriteShort(0);
        writer.WriteShortString(method.Destination);
        writer.WriteShortString(method.Source);
        writer.WriteShortString(method.RoutingKey);
        writer.WriteBit(method.NoWait);
        writer.WriteTable(method.Arguments);
    }
}
