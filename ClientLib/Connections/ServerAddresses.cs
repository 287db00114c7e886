using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace OrleansBroker.ClientLib.Connections;

/// <summary>The gateways that a connection string names: <c>host[:port]</c>, several with commas.</summary>
internal static class ServerAddresses
{
    /// <summary>The port of an Orleans gateway.</summary>
    private const int DefaultPort = 30000;

    /// <exception cref="FormatException">The text names no gateway.</exception>
    public static IReadOnlyList<DnsEndPoint> Parse(string servers)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(servers);
        return [.. servers.Split(',', StringSplitOptions.TrimEntries).Select(ParseOne)];
    }

    /// <summary>The addresses behind the names.</summary>
    /// <exception cref="SocketException">None of the names is known.</exception>
    public static async Task<IPEndPoint[]> ResolveAsync(IReadOnlyList<DnsEndPoint> servers, CancellationToken cancellationToken)
    {
        var found = new List<IPEndPoint>();
        SocketException? unknown = null;
        foreach (var server in servers)
        {
            try
            {
                var addresses = await Dns.GetHostAddressesAsync(server.Host, cancellationToken).ConfigureAwait(false);
                // Silos listen on IPv4 unless told otherwise; "localhost" would otherwise be tried at ::1 first.
                var preferred = addresses.Where(a => a.AddressFamily == AddressFamily.InterNetwork).DefaultIfEmpty(addresses[0]);
                found.AddRange(preferred.Select(a => new IPEndPoint(a, server.Port)));
            }
            catch (SocketException e)
            {
                unknown = e;
            }
        }

        return found.Count > 0 ? [.. found.Distinct()] : throw unknown!;
    }

    private static DnsEndPoint ParseOne(string server)
    {
        // An IPv6 address has colons of its own and stands in brackets when a port follows.
        var isBracketed = server.StartsWith('[');
        var end = isBracketed ? server.IndexOf(']', StringComparison.Ordinal) + 1 : server.IndexOf(':', StringComparison.Ordinal);
        var host = end < 0 ? server : server[..end];
        var rest = end < 0 ? "" : server[end..];
        var port = DefaultPort;
        if (host.Length == 0
            || (rest.Length > 0
                && (rest[0] != ':'
                    || !int.TryParse(rest.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out port)
                    || port is < 1 or > IPEndPoint.MaxPort)))
        {
            throw new FormatException($"'{server}' is no host or host:port");
        }

        return new DnsEndPoint(isBracketed ? host.Trim('[', ']') : host, port);
    }
}
