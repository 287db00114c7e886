using System.Buffers;
using System.Buffers.Binary;
using System.Net.Sockets;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;

namespace OrleansBroker.Benchmarks.Amqp.Servers;

/// <summary>One connection of the relay: as much of the protocol as the loads need, and what follows a publish as it came.</summary>
internal sealed class RelayConnection(Socket socket, RelayConsumer consumer)
{
    private const int FrameMax = 131_072;
    private const int BufferOctets = 1 << 20;

    // A delivery's head may be longer than the publish's frame that it stands for, by its two tags.
    private const int Longer = 64;

    private readonly byte[] _received = new byte[BufferOctets];
    private readonly byte[] _deliveries = new byte[BufferOctets];
    private byte[] _scratch = [];
    private int _count;
    private int _length;
    private ulong _tag;

    public void Serve()
    {
        try
        {
            Receive();
            _count = 0;
            Reply(0, new ConnectionStart(FieldTable.Empty, "PLAIN", "en_US"));
            while (Receive())
            {
                Parse();
                Flush();
            }
        }
        catch (SocketException failure)
        {
            // A load that ends closes its sockets wherever it is; anything else is worth a word.
            if (failure.SocketErrorCode is not (SocketError.ConnectionReset or SocketError.ConnectionAborted))
            {
                Console.Error.WriteLine($"The relay lost a connection: {failure.Message}");
            }
        }
        finally
        {
            socket.Dispose();
        }
    }

    private bool Receive()
    {
        var received = socket.Receive(_received.AsSpan(_count));
        _count += received;
        return received > 0;
    }

    private void Parse()
    {
        var buffer = new ReadOnlySequence<byte>(_received, 0, _count);
        var reader = new FrameReader(buffer, FrameMax);
        while (reader.TryRead(out var frame, out _))
        {
            if (_length + frame.Length + Longer > _deliveries.Length)
            {
                Flush();
            }

            Take(in frame);
        }

        var length = (int)buffer.Slice(0, reader.Position).Length;
        _received.AsSpan(length, _count - length).CopyTo(_received);
        _count -= length;
    }

    private void Take(scoped in Frame frame)
    {
        var payload = frame.Payload(ref _scratch);
        switch (frame.Type)
        {
            case FrameType.Method when MethodIds.Read(payload) == MethodId.BasicPublish:
                Deliver(MethodReader.Decode<BasicPublish>(payload));
                break;
            case FrameType.Method:
                Answer(frame.Channel, MethodIds.Read(payload));
                break;
            case FrameType.Header:
                FrameWriter.WriteHeader(_deliveries.AsSpan(_length), frame.Channel, BinaryPrimitives.ReadInt64BigEndian(payload[4..]), payload[12..]);
                _length += frame.Length + Frame.Overhead;
                break;
            case FrameType.Body:
                _length += FrameWriter.WriteBody(_deliveries.AsSpan(_length), frame.Channel, payload);
                break;
        }
    }

    private void Deliver(scoped in BasicPublish publish)
    {
        var delivery = new BasicDeliver
        {
            ConsumerTag = "c"u8,
            DeliveryTag = ++_tag,
            Redelivered = false,
            Exchange = publish.Exchange,
            RoutingKey = publish.RoutingKey,
        };
        _length += FrameWriter.WriteMethod(_deliveries.AsSpan(_length), 1, in delivery);
    }

    private void Answer(ushort channel, MethodId method)
    {
        switch (method)
        {
            case MethodId.ConnectionStartOk:
                Reply(channel, new ConnectionTune(2047, FrameMax, 0));
                break;
            case MethodId.ConnectionOpen:
                Reply(channel, new ConnectionOpenOk());
                break;
            case MethodId.ChannelOpen:
                Reply(channel, new ChannelOpenOk());
                break;
            case MethodId.ExchangeDeclare:
                Reply(channel, MethodId.ExchangeDeclareOk);
                break;
            case MethodId.QueueDeclare:
                Reply(channel, new QueueDeclareOk("", 0, 0));
                break;
            case MethodId.QueueBind:
                Reply(channel, MethodId.QueueBindOk);
                break;
            case MethodId.BasicConsume:
                Reply(channel, new BasicConsumeOk("c"));
                consumer.Subscribe(socket);
                break;
        }
    }

    private void Reply<TMethod>(ushort channel, TMethod method)
        where TMethod : struct, IMethod<TMethod>
    {
        var frame = new byte[FrameWriter.SizeOf(in method)];
        socket.Send(frame.AsSpan(0, FrameWriter.WriteMethod(frame, channel, in method)));
    }

    private void Reply(ushort channel, MethodId method)
    {
        var output = new ArrayBufferWriter<byte>();
        FrameWriter.WriteMethod(output, channel, method);
        socket.Send(output.WrittenSpan);
    }

    private void Flush()
    {
        consumer.Send(_deliveries.AsSpan(0, _length));
        _length = 0;
    }
}
