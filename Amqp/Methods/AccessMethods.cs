namespace OrleansBroker.Amqp.Methods;

/// <summary>access.request (30,10), from the client. Deprecated: always granted, so what it asks for is not kept.</summary>
public readonly record struct AccessRequest : IMethod<AccessRequest>
{
    static MethodId IMethod<AccessRequest>.Id => MethodId.AccessRequest;

    static AccessRequest IMethod<AccessRequest>.Read(scoped ref MethodReader reader)
    {
        reader.ReadShortString();
        reader.ReadOctet();
        return default;
    }

    static void IMethod<AccessRequest>.Write(scoped in AccessRequest method, ref MethodWriter writer)
    {
        // Realm and the five access bits as the specification has them by default: all but exclusive.
        writer.WriteShortString("/data");
        writer.WriteOctet(0b11110);
    }
}

/// <summary>access.request-ok (30,11), from the server.</summary>
/// <param name="Ticket">The ticket, which nothing looks at: 1.</param>
public readonly record struct AccessRequestOk(ushort Ticket) : IMethod<AccessRequestOk>
{
    static MethodId IMethod<AccessRequestOk>.Id => MethodId.AccessRequestOk;

    static AccessRequestOk IMethod<AccessRequestOk>.Read(scoped ref MethodReader reader) =>
        new(reader.ReadShort());

    static void IMethod<AccessRequestOk>.Write(scoped in AccessRequestOk method, ref MethodWriter writer) =>
        writer.WriteShort(method.Ticket);
}
