using System.Globalization;
using OrleansBroker.Management.Overview;

namespace OrleansBroker.Management;

/// <summary>What only the host knows: the cluster's name, and the ports that it listens on, of which it adds each.</summary>
/// <param name="clusterName">The cluster's name as AMQP clients are told it.</param>
public sealed class ServerIdentity(string clusterName)
{
    private const string Http = "http";

    private readonly List<(string Protocol, string Address, int Port)> _ports = [];

    /// <summary>The cluster's name.</summary>
    public string ClusterName => clusterName;

    /// <summary>The protocols that are listened for, by RabbitMQ's names: <c>amqp</c>, <c>amqp/ssl</c>, <c>http</c>, <c>clustering</c>.</summary>
    public IEnumerable<string> Protocols => _ports.Select(static port => port.Protocol);

    /// <summary>The ports.</summary>
    public IEnumerable<int> Ports => _ports.Select(static port => port.Port);

    /// <summary>Adds one, at start.</summary>
    public void Add(string protocol, string address, int port) => _ports.Add((protocol, address, port));

    /// <summary>When the server's certificate expires; null where it has none.</summary>
    public Func<DateTimeOffset?> CertificateExpires { get; init; } = static () => null;

    internal IReadOnlyList<ListenerItem> Listeners(string node) =>
        [.. _ports.Select(port => new ListenerItem(node, port.Protocol, port.Address, port.Port))];

    internal IReadOnlyList<ContextItem> Contexts(string node) =>
        [.. _ports.Where(static port => port.Protocol == Http)
            .Select(port => new ContextItem(node, "OrleansBroker Management", "/", port.Address, port.Port.ToString(CultureInfo.InvariantCulture)))];
}
