using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;

namespace OrleansBroker.Tests.Gateway.Wire;

/// <summary>A frame as the server sent it.</summary>
public sealed record WireFrame(FrameType Type, ushort Channel, byte[] Payload)
{
    internal MethodId Method => Type == FrameType.Method ? MethodIds.Read(Payload) : MethodId.None;

    internal TMethod As<TMethod>()
        where TMethod : struct, IMethod<TMethod> => MethodReader.Decode<TMethod>(Payload);
}

/// <summary>A client that sends what the test says, octet for octet, and shows what comes back.</summary>
public sealed class WireClient : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private SslStream? _tls;
    private byte[] _received = new byte[4096];
    private int _count;

    /// <summary>A connection on which nothing has been said.</summary>
    public static Task<WireClient> ConnectAsync(int port) => ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));

    /// <summary>A connection on which nothing has been said, to any broker.</summary>
    public static async Task<WireClient> ConnectAsync(EndPoint broker)
    {
        var client = new WireClient();
        await client._socket.ConnectAsync(broker);
        return client;
    }

    /// <summary>A connection on which nothing has been said but TLS's handshake.</summary>
    public static async Task<WireClient> ConnectAsync(int port, SslClientAuthenticationOptions tls)
    {
        var client = await ConnectAsync(port);
        client._tls = new SslStream(new NetworkStream(client._socket));
        try
        {
            await client._tls.AuthenticateAsClientAsync(tls);
            return client;
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    /// <summary>A connection that is open.</summary>
    internal static async Task<WireClient> OpenAsync(
        int port, string user = "guest", string virtualHost = "/", FieldTable? properties = null, uint frameMax = 131_072, ushort heartbeat = 0)
    {
        var client = await ConnectAsync(port);
        await client.OpenAsync(user, virtualHost, properties, frameMax, heartbeat);
        return client;
    }

    /// <summary>Opens a connection on which nothing has been said.</summary>
    internal async Task OpenAsync(
        string user = "guest", string virtualHost = "/", FieldTable? properties = null, uint frameMax = 131_072, ushort heartbeat = 0)
    {
        await LoginAsync(user, user, properties);
        await ExpectAsync(MethodId.ConnectionTune);
        await SendAsync(0, new ConnectionTuneOk(2047, frameMax, heartbeat));
        await SendAsync(0, new ConnectionOpen(virtualHost));
        await ExpectAsync(MethodId.ConnectionOpenOk);
    }

    internal async Task LoginAsync(string user, string password, FieldTable? properties = null)
    {
        await SendAsync(ProtocolHeader.Supported.ToArray());
        await ExpectAsync(MethodId.ConnectionStart);
        await SendAsync(0, new ConnectionStartOk(properties ?? FieldTable.Empty, "PLAIN", Encoding.UTF8.GetBytes($"\0{user}\0{password}"), "en_US"));
    }

    internal async Task OpenChannelAsync(ushort channel = 1)
    {
        await SendAsync(channel, new ChannelOpen());
        await ExpectAsync(MethodId.ChannelOpenOk);
    }

    public async Task SendAsync(ReadOnlyMemory<byte> octets)
    {
        if (_tls is not null)
        {
            await _tls.WriteAsync(octets);
            return;
        }

        while (!octets.IsEmpty)
        {
            octets = octets[await _socket.SendAsync(octets)..];
        }
    }

    internal Task SendAsync<TMethod>(ushort channel, TMethod method)
        where TMethod : struct, IMethod<TMethod> => SendAsync(Frames(output => FrameWriter.WriteMethod(output, channel, in method)));

    internal Task SendAsync(ushort channel, MethodId method) => SendAsync(Frames(output => FrameWriter.WriteMethod(output, channel, method)));

    /// <summary>A publish with its content, as octets.</summary>
    internal static byte[] Publish(
        string exchange, string key, byte[] body, bool mandatory = false, byte[]? properties = null, ushort channel = 1, int frameMax = 131_072, bool immediate = false) =>
        Frames(output =>
        {
            var publish = new BasicPublish
            {
                Exchange = Encoding.UTF8.GetBytes(exchange),
                RoutingKey = Encoding.UTF8.GetBytes(key),
                Flags = (mandatory ? BasicPublishFlags.Mandatory : 0) | (immediate ? BasicPublishFlags.Immediate : 0),
            };
            ContentWriter.Write(output, channel, in publish, properties ?? [], body, frameMax);
        });

    internal Task PublishAsync(string exchange, string key, string body, bool mandatory = false, byte[]? properties = null, ushort channel = 1) =>
        SendAsync(Publish(exchange, key, Encoding.UTF8.GetBytes(body), mandatory, properties, channel));

    internal static byte[] Frames(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>The next octets, whatever they are.</summary>
    public async Task<byte[]> ReadOctetsAsync(int count)
    {
        while (_count < count && await ReceiveAsync())
        {
            // More is needed.
        }

        return _received[..Math.Min(_count, count)];
    }

    /// <summary>Tells the server that nothing more will come.</summary>
    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Reads until the server has closed the socket, whatever comes.</summary>
    public async Task DrainAsync()
    {
        try
        {
            do
            {
                _count = 0;
            }
            while (await ReceiveAsync());
        }
        catch (SocketException failure)
        {
            Assert.Equal(SocketError.ConnectionReset, failure.SocketErrorCode);
        }
    }

    /// <summary>The next frame that is no heartbeat; null where the server closed the socket.</summary>
    public async Task<WireFrame?> ReadAsync()
    {
        while (true)
        {
            var frame = TakeFrame();
            if (frame is { Type: FrameType.Heartbeat })
            {
                continue;
            }

            if (frame is not null || !await ReceiveAsync())
            {
                return frame;
            }
        }
    }

    /// <summary>The next frame, whatever it is; null where the server closed the socket.</summary>
    public async Task<WireFrame?> ReadAnyAsync()
    {
        while (true)
        {
            var frame = TakeFrame();
            if (frame is not null || !await ReceiveAsync())
            {
                return frame;
            }
        }
    }

    internal async Task<WireFrame> ExpectAsync(MethodId method)
    {
        var frame = await ReadAsync();
        Assert.NotNull(frame);
        Assert.True(frame.Method == method, $"expected {method.Name()}, got {Told(frame)}");
        return frame;
    }

    internal async Task<TMethod> ExpectAsync<TMethod>()
        where TMethod : struct, IMethod<TMethod> => (await ExpectAsync(TMethod.Id)).As<TMethod>();

    /// <summary>The channel is closed with this error; it is confirmed, so that the number is free again.</summary>
    internal async Task ExpectChannelErrorAsync(ushort code, string text)
    {
        var frame = await ExpectAsync(MethodId.ChannelClose);
        var close = frame.As<ChannelClose>();
        Assert.Equal((code, text), (close.ReplyCode, close.ReplyText));
        await SendAsync(frame.Channel, MethodId.ChannelCloseOk);
    }

    /// <summary>The connection is closed with this error, and then the socket.</summary>
    internal async Task ExpectConnectionErrorAsync(ushort code, string text)
    {
        var close = await ExpectAsync<ConnectionClose>();
        Assert.Equal((code, text), (close.ReplyCode, close.ReplyText));
        await SendAsync(0, MethodId.ConnectionCloseOk);
        await ExpectEndAsync();
    }

    /// <summary>The server closes the socket without another word.</summary>
    public async Task ExpectEndAsync()
    {
        try
        {
            Assert.Null(await ReadAsync());
        }
        catch (SocketException failure)
        {
            Assert.Equal(SocketError.ConnectionReset, failure.SocketErrorCode);
        }
    }

    /// <summary>The body that follows a method with content, and its properties.</summary>
    internal async Task<(byte[] Properties, byte[] Body)> ReadContentAsync()
    {
        var header = (await ReadAsync())!;
        Assert.Equal(FrameType.Header, header.Type);
        var content = ContentHeader.Read(header.Payload);
        var (properties, size) = (content.Properties.ToArray(), (int)content.BodySize);
        var body = new List<byte>();
        while (body.Count < size)
        {
            var frame = (await ReadAsync())!;
            Assert.Equal(FrameType.Body, frame.Type);
            body.AddRange(frame.Payload);
        }

        return (properties, body.ToArray());
    }

    public EndPoint LocalEndPoint => _socket.LocalEndPoint!;

    /// <summary>The server's certificate, and what was agreed on.</summary>
    public SslStream Tls => _tls!;

    public ValueTask DisposeAsync()
    {
        _tls?.Dispose();
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private static string Told(WireFrame frame) => frame.Method switch
    {
        MethodId.ChannelClose => frame.As<ChannelClose>().ToString(),
        MethodId.ConnectionClose => frame.As<ConnectionClose>().ToString(),
        MethodId.None => frame.Type.ToString(),
        _ => frame.Method.Name(),
    };

    private async Task<bool> ReceiveAsync()
    {
        if (_count == _received.Length)
        {
            Array.Resize(ref _received, _count * 2);
        }

        using var timeout = new CancellationTokenSource(Patience, TimeProvider.System);
        var room = _received.AsMemory(_count);
        var received = await (_tls is null ? _socket.ReceiveAsync(room, timeout.Token) : _tls.ReadAsync(room, timeout.Token));
        _count += received;
        return received > 0;
    }

    private WireFrame? TakeFrame()
    {
        var buffer = new ReadOnlySequence<byte>(_received, 0, _count);
        var reader = new FrameReader(buffer, int.MaxValue);
        if (!reader.TryRead(out var frame, out var error))
        {
            Assert.Null(error);
            return null;
        }

        var scratch = Array.Empty<byte>();
        var taken = new WireFrame(frame.Type, frame.Channel, frame.Payload(ref scratch).ToArray());
        var length = (int)buffer.Slice(0, reader.Position).Length;
        _received.AsSpan(length, _count - length).CopyTo(_received);
        _count -= length;
        return taken;
    }
}
