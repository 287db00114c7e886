using System.Buffers;
using System.Net;
using System.Net.Sockets;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;

namespace OrleansBroker.Benchmarks.Amqp.Clients;

/// <summary>
/// A connection with one channel over a blocking socket: no client library stands between the load and the broker. It logs in as guest,
/// and then either calls methods one after another or belongs to one thread that sends and one that reads.
/// </summary>
internal sealed class WireConnection : IDisposable
{
    public const ushort Channel = 1;
    public const int FrameMax = 131_072;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private byte[] _received = new byte[4096];
    private int _count;

    private WireConnection()
    {
    }

    /// <summary>Whether octets wait to be read.</summary>
    public bool HasMore => _socket.Available > 0;

    public static WireConnection Open(int port)
    {
        var connection = new WireConnection();
        connection._socket.Connect(IPAddress.Loopback, port);
        connection.Send(ProtocolHeader.Supported);
        connection.Expect(MethodId.ConnectionStart);
        connection.Send(0, new ConnectionStartOk(FieldTable.Empty, "PLAIN", "\0guest\0guest"u8.ToArray(), "en_US"));
        connection.Expect(MethodId.ConnectionTune);
        connection.Send(0, new ConnectionTuneOk(2047, FrameMax, Heartbeat: 0));
        connection.Send(0, new ConnectionOpen("/"));
        connection.Expect(MethodId.ConnectionOpenOk);
        connection.Call(new ChannelOpen(), MethodId.ChannelOpenOk);
        return connection;
    }

    public void DeclareExchange(string name, string type, bool durable) => Call(
        new ExchangeDeclare(name, type, durable ? ExchangeDeclareFlags.Durable : ExchangeDeclareFlags.None, FieldTable.Empty),
        MethodId.ExchangeDeclareOk);

    public void DeclareQueue(string name, bool durable, string? type = null) => Call(
        new QueueDeclare(
            name,
            durable ? QueueDeclareFlags.Durable : QueueDeclareFlags.None,
            type is null ? FieldTable.Empty : FieldTable.Empty.With("x-queue-type", type)),
        MethodId.QueueDeclareOk);

    public void Bind(string queue, string exchange, string key) =>
        Call(new QueueBind(queue, exchange, key, NoWait: false, FieldTable.Empty), MethodId.QueueBindOk);

    public void SelectConfirms() => Call(new ConfirmSelect(NoWait: false), MethodId.ConfirmSelectOk);

    /// <summary>Subscribes; a prefetch of 0 asks for deliveries that need no ack.</summary>
    public void Consume(string queue, int prefetch)
    {
        if (prefetch > 0)
        {
            Call(new BasicQos(0, (ushort)prefetch, Global: false), MethodId.BasicQosOk);
        }

        var flags = prefetch > 0 ? BasicConsumeFlags.None : BasicConsumeFlags.NoAck;
        Call(new BasicConsume(queue, "c", flags, FieldTable.Empty), MethodId.BasicConsumeOk);
    }

    public void Send(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty)
        {
            octets = octets[_socket.Send(octets)..];
        }
    }

    /// <summary>Reads until the connection ends or fails, which is an exception.</summary>
    /// <param name="sink">Gets every frame.</param>
    /// <param name="bufferSize">Octets to take from the socket at once, at most.</param>
    public void ReadFrames(IFrameSink sink, int bufferSize)
    {
        Array.Resize(ref _received, Math.Max(bufferSize, _received.Length));
        while (true)
        {
            sink.Begin();
            while (Parse(sink) > 0)
            {
                // More frames may be whole.
            }

            sink.End();
            Receive();
        }
    }

    public void Dispose() => _socket.Dispose();

    private void Call<TMethod>(TMethod method, MethodId reply)
        where TMethod : struct, IMethod<TMethod>
    {
        Send(Channel, method);
        Expect(reply);
    }

    private void Send<TMethod>(ushort channel, TMethod method)
        where TMethod : struct, IMethod<TMethod>
    {
        var frame = new byte[FrameWriter.SizeOf(in method)];
        Send(frame.AsSpan(0, FrameWriter.WriteMethod(frame, channel, in method)));
    }

    private void Expect(MethodId method)
    {
        var sink = new SingleMethod(method);
        while (!sink.Seen)
        {
            if (Parse(sink, single: true) == 0)
            {
                Receive();
            }
        }
    }

    // Hands over what is whole, moves the rest to the buffer's start, and returns how many frames there were.
    private int Parse(IFrameSink sink, bool single = false)
    {
        var buffer = new ReadOnlySequence<byte>(_received, 0, _count);
        var reader = new FrameReader(buffer, FrameMax);
        var frames = 0;
        AmqpError? error = null;
        while (!(single && frames > 0) && reader.TryRead(out var frame, out error))
        {
            frames++;
            sink.Take(in frame);
        }

        if (error is not null)
        {
            throw new IOException($"The server sent what is no frame: {error}");
        }

        var length = (int)buffer.Slice(0, reader.Position).Length;
        _received.AsSpan(length, _count - length).CopyTo(_received);
        _count -= length;
        return frames;
    }

    private void Receive()
    {
        if (_count == _received.Length)
        {
            Array.Resize(ref _received, _count * 2);
        }

        var received = _socket.Receive(_received.AsSpan(_count));
        _count += received > 0 ? received : throw new IOException("The server closed the connection.");
    }
}
