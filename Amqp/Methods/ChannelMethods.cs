namespace OrleansBroker.Amqp.Methods;

/// <summary>channel.open (20,10), from the client.</summary>
public readonly record struct ChannelOpen : IMethod<ChannelOpen>
{
    static MethodId IMethod<ChannelOpen>.Id => MethodId.ChannelOpen;

    static ChannelOpen IMethod<ChannelOpen>.Read(scoped ref MethodReader reader)
    {
        reader.ReadShortString();
        return default;
    }

    static void IMethod<ChannelOpen>.Write(scoped in ChannelOpen method, ref MethodWriter writer) =>
        writer.WriteShortString("");
}

/// <summary>channel.open-ok (20,11), from the server.</summary>
public readonly record struct ChannelOpenOk : IMethod<ChannelOpenOk>
{
    static MethodId IMethod<ChannelOpenOk>.Id => MethodId.ChannelOpenOk;

    static ChannelOpenOk IMethod<ChannelOpenOk>.Read(scoped ref MethodReader reader)
    {
        reader.ReadLongString();
        return default;
    }

    static void IMethod<ChannelOpenOk>.Write(scoped in ChannelOpenOk method, ref MethodWriter writer) =>
        writer.WriteLongString([]);
}

/// <summary>channel.flow (20,20), from either side: the other shall pause or resume sending content.</summary>
/// <param name="Active">True to send, false to pause.</param>
public readonly record struct ChannelFlow(bool Active) : IMethod<ChannelFlow>
{
    static MethodId IMethod<ChannelFlow>.Id => MethodId.ChannelFlow;

    static ChannelFlow IMethod<ChannelFlow>.Read(scoped ref MethodReader reader) =>
        new(reader.ReadBit());

    static void IMethod<ChannelFlow>.Write(scoped in ChannelFlow method, ref MethodWriter writer) =>
        writer.WriteBit(method.Active);
}

/// <summary>channel.flow-ok (20,21).</summary>
/// <param name="Active">What holds from now on.</param>
public readonly record struct ChannelFlowOk(bool Active) : IMethod<ChannelFlowOk>
{
    static MethodId IMethod<ChannelFlowOk>.Id => MethodId.ChannelFlowOk;

    static ChannelFlowOk IMethod<ChannelFlowOk>.Read(scoped ref MethodReader reader) =>
        new(reader.ReadBit());

    static void IMethod<ChannelFlowOk>.Write(scoped in ChannelFlowOk method, ref MethodWriter writer) =>
        writer.WriteBit(method.Active);
}

/// <summary>channel.close (20,40), from either side.</summary>
/// <param name="ReplyCode">Why; one of <see cref="ReplyCodes"/>.</param>
/// <param name="ReplyText">Why, in words.</param>
/// <param name="Method">The method that caused it, or <see cref="MethodId.None"/>.</param>
public readonly record struct ChannelClose(ushort ReplyCode, string ReplyText, MethodId Method) : IMethod<ChannelClose>
{
    /// <summary>The close that tells of an error.</summary>
    public static ChannelClose Of(AmqpError error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return new(error.ReplyCode, error.ReplyText, error.Method);
    }

    static MethodId IMethod<ChannelClose>.Id => MethodId.ChannelClose;

    static ChannelClose IMethod<ChannelClose>.Read(scoped ref MethodReader reader) =>
        new(reader.ReadShort(), reader.ReadShortString(), (MethodId)reader.ReadLong());

    static void IMethod<ChannelClose>.Write(scoped in ChannelClose method, ref MethodWriter writer)
    {
        writer.WriteShort(method.ReplyCode);
        writer.WriteShortString(method.ReplyText);
        writer.WriteLong((uint)method.Method);
    }
}
