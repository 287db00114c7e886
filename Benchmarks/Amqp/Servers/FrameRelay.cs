using System.Net;
using System.Net.Sockets;
using OrleansBroker.Benchmarks.Load;

namespace OrleansBroker.Benchmarks.Amqp.Servers;

/// <summary>
/// The machine's limit for an AMQP broker: every publish is framed anew as a delivery to the one consumer. It routes, queues, stores,
/// counts and bounds nothing. Nothing that does a broker's work can beat it.
/// </summary>
internal static class FrameRelay
{
    /// <summary>What the process runs, until its input ends.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        using var listener = new TcpListener(IPAddress.Loopback, new Arguments(args).Number("port", 5672));
        listener.Start();
        Console.WriteLine("ready");
        var consumer = new RelayConsumer();
        var accepting = new Thread(() => Accept(listener, consumer)) { IsBackground = true };
        accepting.Start();
        while (await Console.In.ReadLineAsync() is not null)
        {
            // Nothing can be asked of it.
        }

        return 0;
    }

    private static void Accept(TcpListener listener, RelayConsumer consumer)
    {
        while (true)
        {
            var socket = listener.AcceptSocket();
            socket.NoDelay = true;
            var serving = new Thread(() => new RelayConnection(socket, consumer).Serve()) { IsBackground = true };
            serving.Start();
        }
    }
}

/// <summary>The socket that deliveries go to.</summary>
internal sealed class RelayConsumer
{
    private Socket? _socket;

    public void Subscribe(Socket socket) => Volatile.Write(ref _socket, socket);

    public void Send(ReadOnlySpan<byte> octets)
    {
        var socket = Volatile.Read(ref _socket);
        while (!octets.IsEmpty && socket is not null)
        {
            octets = octets[socket.Send(octets)..];
        }
    }
}
