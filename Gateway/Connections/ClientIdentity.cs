using OrleansBroker.Amqp.Tables;

namespace OrleansBroker.Gateway.Connections;

/// <summary>Who is connected, and what the client said of itself.</summary>
internal sealed class ClientIdentity(Guid id, string user, string virtualHost, FieldTable properties)
{
    private readonly FieldTable? _capabilities = properties["capabilities"] as FieldTable;

    /// <summary>The connection's id: exclusive queues know it by that.</summary>
    public Guid Id => id;

    public string User => user;

    public string VirtualHost => virtualHost;

    /// <summary>Product, version, name and capabilities as the client sent them.</summary>
    public FieldTable Properties => properties;

    /// <summary>The name that the client gave the connection, if any.</summary>
    public string? Name => properties["connection_name"] as string;

    /// <summary>Grows when permissions may have changed: what was decided by an earlier one is asked anew.</summary>
    public int AccessVersion { get; set; }

    /// <summary>Whether the client announced a capability.</summary>
    public bool Can(string capability) => _capabilities?[capability] is true;
}
