using System.Net;
using System.Net.Sockets;

namespace OrleansBroker.Benchmarks.Processes;

/// <summary>Ports that nobody listens on.</summary>
internal static class FreePorts
{
    public static int[] Take(int count)
    {
        // All are held until the last is found, so that no two are the same.
        var sockets = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        sockets.ForEach(socket => socket.Start());
        var ports = sockets.Select(socket => ((IPEndPoint)socket.LocalEndpoint).Port).ToArray();
        sockets.ForEach(socket => socket.Dispose());
        return ports;
    }
}
