using OrleansBroker.Amqp.Tables;

namespace OrleansBroker.Amqp.Methods;

/// <summary>connection.start (10,10), from the server: what it offers. It also tells version 0-9.</summary>
/// <param name="ServerProperties">Product, version and capabilities.</param>
/// <param name="Mechanisms">Mechanisms of authentication, separated by spaces.</param>
/// <param name="Locales">Locales, separated by spaces.</param>
public readonly record struct ConnectionStart(FieldTable ServerProperties, string Mechanisms, string Locales) : IMethod<ConnectionStart>
{
    static MethodId IMethod<ConnectionStart>.Id => MethodId.ConnectionStart;

    static ConnectionStart IMethod<ConnectionStart>.Read(scoped ref MethodReader reader)
    {
        reader.ReadShort();
        return new(reader.ReadTable(), reader.ReadLongText(), reader.ReadLongText());
    }

    static void IMethod<ConnectionStart>.Write(scoped in ConnectionStart method, ref MethodWriter writer)
    {
        writer.WriteOctet(0);
        writer.WriteOctet(9);
        writer.WriteTable(method.ServerProperties);
        writer.WriteLongText(method.Mechanisms);
        writer.WriteLongText(method.Locales);
    }
}

/// <summary>connection.start-ok (10,11), from the client: what it chose, and its first response.</summary>
/// <param name="ClientProperties">Product, version, name and capabilities.</param>
/// <param name="Mechanism">The mechanism of authentication chosen.</param>
/// <param name="Response">The mechanism's first response: a secret.</param>
/// <param name="Locale">The locale chosen.</param>
public readonly record struct ConnectionStartOk(
    FieldTable ClientProperties,
    string Mechanism,
    ReadOnlyMemory<byte> Response,
    string Locale)
    : IMethod<ConnectionStartOk>
{
    static MethodId IMethod<ConnectionStartOk>.Id => MethodId.ConnectionStartOk;

    static ConnectionStartOk IMethod<ConnectionStartOk>.Read(scoped ref MethodReader reader) =>
        new(reader.ReadTable(), reader.ReadShortString(), reader.ReadLongString(), reader.ReadShortString());

    static void IMethod<ConnectionStartOk>.Write(scoped in ConnectionStartOk method, ref MethodWriter writer)
    {
        writer.WriteTable(method.ClientProperties);
        writer.WriteShortString(method.Mechanism);
        writer.WriteLongString(method.Response.Span);
        writer.WriteShortString(method.Locale);
    }
}

/// <summary>connection.secure (10,20), from the server: the mechanism's next challenge.</summary>
/// <param name="Challenge">The challenge.</param>
public readonly record struct ConnectionSecure(ReadOnlyMemory<byte> Challenge) : IMethod<ConnectionSecure>
{
    static MethodId IMethod<ConnectionSecure>.Id => MethodId.ConnectionSecure;

    static ConnectionSecure IMethod<ConnectionSecure>.Read(scoped ref MethodReader reader) =>
        new(reader.ReadLongString());

    static void IMethod<ConnectionSecure>.Write(scoped in ConnectionSecure method, ref MethodWriter writer) =>
        writer.WriteLongString(method.Challenge.Span);
}

/// <summary>connection.secure-ok (10,21), from the client: the response to a challenge.</summary>
/// <param name="Response">The response: a secret.</param>
public readonly record struct ConnectionSecureOk(ReadOnlyMemory<byte> Response) : IMethod<ConnectionSecureOk>
{
    static MethodId IMethod<ConnectionSecureOk>.Id => MethodId.ConnectionSecureOk;

    static ConnectionSecureOk IMethod<ConnectionSecureOk>.Read(scoped ref MethodReader reader) =>
        new(reader.ReadLongString());

    static void IMethod<ConnectionSecureOk>.Write(scoped in ConnectionSecureOk method, ref MethodWriter writer) =>
        writer.WriteLongString(method.Response.Span);
}

/// <summary>connection.tune (10,30), from the server: the limits that it proposes.</summary>
/// <param name="ChannelMax">Highest channel number; 0 for no limit.</param>
/// <param name="FrameMax">Largest frame in octets, its header and end included; 0 for no limit.</param>
/// <param name="Heartbeat">Seconds between heartbeats; 0 for none.</param>
public readonly record struct ConnectionTune(ushort ChannelMax, uint FrameMax, ushort Heartbeat) : IMethod<ConnectionTune>
{
    static MethodId IMethod<ConnectionTune>.Id => MethodId.ConnectionTune;

    static ConnectionTune IMethod<ConnectionTune>.Read(scoped ref MethodReader reader) =>
        new(reader.ReadShort(), reader.ReadLong(), reader.ReadShort());

    static void IMethod<ConnectionTune>.Write(scoped in ConnectionTune method, ref MethodWriter writer)
    {
        writer.WriteShort(method.ChannelMax);
        writer.WriteLong(method.FrameMax);
        writer.WriteShort(method.Heartbeat);
    }
}

/// <summary>connection.tune-ok (10,31), from the client: the limits that hold.</summary>
/// <param name="ChannelMax">Highest channel number; 0 for no limit.</param>
/// <param name="FrameMax">Largest frame in octets, its header and end included; 0 for no limit.</param>
/// <param name="Heartbeat">Seconds between heartbeats; 0 for none.</param>
public readonly record struct ConnectionTuneOk(ushort ChannelMax, uint FrameMax, ushort Heartbeat) : IMethod<ConnectionTuneOk>
{
    static MethodId IMethod<ConnectionTuneOk>.Id => MethodId.ConnectionTuneOk;

    static ConnectionTuneOk IMethod<ConnectionTuneOk>.Read(scoped ref MethodReader reader) =>
        new(reader.ReadShort(), reader.ReadLong(), reader.ReadShort());

    static void IMethod<ConnectionTuneOk>.Write(scoped in ConnectionTuneOk method, ref MethodWriter writer)
    {
        writer.WriteShort(method.ChannelMax);
        writer.WriteLong(method.FrameMax);
        writer.WriteShort(method.Heartbeat);
    }
}

/// <summary>connection.open (10,40), from the client.</summary>
/// <param name="VirtualHost">The virtual host.</param>
public readonly record struct ConnectionOpen(string VirtualHost) : IMethod<ConnectionOpen>
{
    static MethodId IMethod<ConnectionOpen>.Id => MethodId.ConnectionOpen;

    static ConnectionOpen IMethod<ConnectionOpen>.Read(scoped ref MethodReader reader)
    {
        var method = new ConnectionOpen(reader.ReadShortString());
        reader.ReadShortString();
        reader.ReadBit();
        return method;
    }

    static void IMethod<ConnectionOpen>.Write(scoped in ConnectionOpen method, ref MethodWriter writer)
    {
        writer.WriteShortString(method.VirtualHost);
        writer.WriteShortString("");
        writer.WriteBit(false);
    }
}

/// <summary>connection.open-ok (10,41), from the server.</summary>
public readonly record struct ConnectionOpenOk : IMethod<ConnectionOpenOk>
{
    static MethodId IMethod<ConnectionOpenOk>.Id => MethodId.ConnectionOpenOk;

    static ConnectionOpenOk IMethod<ConnectionOpenOk>.Read(scoped ref MethodReader reader)
    {
        reader.ReadShortString();
        return default;
    }

    static void IMethod<ConnectionOpenOk>.Write(scoped in ConnectionOpenOk method, ref MethodWriter writer) =>
        writer.WriteShortString("");
}

/// <summary>connection.close (10,50), from either side.</summary>
/// <param name="ReplyCode">Why; one of <see cref="ReplyCodes"/>.</param>
/// <param name="ReplyText">Why, in words.</param>
/// <param name="Method">The method that caused it, or <see cref="MethodId.None"/>.</param>
public readonly record struct ConnectionClose(ushort ReplyCode, string ReplyText, MethodId Method) : IMethod<ConnectionClose>
{
    /// <summary>The close that tells of an error.</summary>
    public static ConnectionClose Of(AmqpError error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return new(error.ReplyCode, error.ReplyText, error.Method);
    }

    static MethodId IMethod<ConnectionClose>.Id => MethodId.ConnectionClose;

    static ConnectionClose IMethod<ConnectionClose>.Read(scoped ref MethodReader reader) =>
        new(reader.ReadShort(), reader.ReadShortString(), (MethodId)reader.ReadLong());

    static void IMethod<ConnectionClose>.Write(scoped in ConnectionClose method, ref MethodWriter writer)
    {
        writer.WriteShort(method.ReplyCode);
        writer.WriteShortString(method.ReplyText);
        writer.WriteLong((uint)method.Method);
    }
}

/// <summary>connection.blocked (10,60), from the server: it reads no more publishes for now.</summary>
/// <param name="Reason">What runs low.</param>
public readonly record struct ConnectionBlocked(string Reason) : IMethod<ConnectionBlocked>
{
    static MethodId IMethod<ConnectionBlocked>.Id => MethodId.ConnectionBlocked;

    static ConnectionBlocked IMethod<ConnectionBlocked>.Read(scoped ref MethodReader reader) =>
        new(reader.ReadShortString());

    static void IMethod<ConnectionBlocked>.Write(scoped in ConnectionBlocked method, ref MethodWriter writer) =>
        writer.WriteShortString(method.Reason);
}

/// <summary>connection.update-secret (10,70), from the client: a new secret for the user that is logged in.</summary>
/// <param name="NewSecret">The secret.</param>
/// <param name="Reason">Why, for the log.</param>
public readonly record struct ConnectionUpdateSecret(ReadOnlyMemory<byte> NewSecret, string Reason) : IMethod<ConnectionUpdateSecret>
{
    static MethodId IMethod<ConnectionUpdateSecret>.Id => MethodId.ConnectionUpdateSecret;

    static ConnectionUpdateSecret IMethod<ConnectionUpdateSecret>.Read(scoped ref MethodReader reader) =>
        new(reader.ReadLongString(), reader.ReadShortString());

    static void IMethod<ConnectionUpdateSecret>.Write(scoped in ConnectionUpdateSecret method, ref MethodWriter writer)
    {
        writer.WriteLongString(method.NewSecret.Span);
        writer.WriteShortString(method.Reason);
    }
}
