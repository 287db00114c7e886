using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace OrleansBroker.Tests.PostgreSql;

/// <summary>Stands between a store and its server, and fails as networks do.</summary>
internal sealed class TcpRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<Socket, bool> _sockets = new();
    private readonly DnsEndPoint _server;
    private readonly Task _accepting;
    private int _refuse;
    private int _swallowReplies;
    private long _swallowed;

    private TcpRelay(DnsEndPoint server)
    {
        _server = server;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>One on a port of its own, in front of a server.</summary>
    public static TcpRelay To(string host, int port) => new(new DnsEndPoint(host, port));

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Octets of the server that nobody has heard of.</summary>
    public long Swallowed => Interlocked.Read(ref _swallowed);

    /// <summary>What the client says still arrives; what the server answers does not.</summary>
    public bool SwallowReplies
    {
        set => Volatile.Write(ref _swallowReplies, value ? 1 : 0);
    }

    /// <summary>Cuts all connections and lets none come about until <see cref="Heal"/>.</summary>
    public void Cut()
    {
        Volatile.Write(ref _refuse, 1);
        foreach (var socket in _sockets.Keys)
        {
            socket.Dispose();
        }
    }

    public void Heal()
    {
        SwallowReplies = false;
        Volatile.Write(ref _refuse, 0);
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting;
        Cut();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptSocketAsync();
            }
            catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
            {
                return;
            }

            if (Volatile.Read(ref _refuse) == 1)
            {
                client.Dispose();
                continue;
            }

            var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await server.ConnectAsync(_server);
            _sockets[client] = true;
            _sockets[server] = true;
            _ = PumpAsync(client, server, replies: false);
            _ = PumpAsync(server, client, replies: true);
        }
    }

    private async Task PumpAsync(Socket from, Socket to, bool replies)
    {
        var buffer = new byte[64 << 10];
        try
        {
            while (await from.ReceiveAsync(buffer) is var read and > 0)
            {
                if (replies && Volatile.Read(ref _swallowReplies) == 1)
                {
                    Interlocked.Add(ref _swallowed, read);
                    continue;
                }

                await to.SendAsync(buffer.AsMemory(0, read));
            }
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            // Cut, or one side has gone: the other one learns it below.
        }

        from.Dispose();
        to.Dispose();
        _sockets.TryRemove(from, out _);
        _sockets.TryRemove(to, out _);
    }
}
