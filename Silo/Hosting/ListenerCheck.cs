using System.Net;
using System.Net.Sockets;
using OrleansBroker.Silo.Configuration;

namespace OrleansBroker.Silo.Hosting;

/// <summary>
/// Tries the listeners' ports before anything else starts, because then the answer is one sentence. A port that is taken between
/// this and the listener's own start fails the start all the same.
/// </summary>
internal static class ListenerCheck
{
    public static IEnumerable<string> Problems(ServerOptions options)
    {
        List<(string Key, string Address, int Port)> listeners =
        [
            ("Broker:Amqp:Port", options.Amqp.Address, options.Amqp.Port),
            ("Broker:Management:Port", options.Management.Address, options.Management.Port),
            ("Broker:Silo:Port", options.Silo.Address, options.Silo.Port),
            ("Broker:Silo:GatewayPort", options.Silo.GatewayAddress, options.Silo.GatewayPort),
        ];
        if (options.Amqp.Tls.IsEnabled)
        {
            listeners.Add(("Broker:Amqp:Tls:Port", options.Amqp.Address, options.Amqp.Tls.Port));
        }

        if (options.Prometheus.Port is > 0 and var prometheus)
        {
            listeners.Add(("Broker:Prometheus:Port", options.Prometheus.Address, prometheus));
        }

        foreach (var (key, address, port) in listeners)
        {
            var problem = Try(new IPEndPoint(IPAddress.Parse(address), port));
            if (problem is not null)
            {
                yield return $"{key} is '{port}', but {address}:{port} cannot be listened on: {problem}";
            }
        }
    }

    private static string? Try(IPEndPoint endpoint)
    {
        using var listener = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(endpoint);
            listener.Listen();
            return null;
        }
        catch (SocketException failure)
        {
            return failure.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => "another process listens there. Stop it or choose another port.",
                SocketError.AccessDenied => "this user may not open it. Choose a port above 1023.",
                SocketError.AddressNotAvailable => "this machine does not have the address.",
                _ => failure.Message,
            };
        }
    }
}
