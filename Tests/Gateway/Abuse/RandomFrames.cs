using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Tests.Gateway.Wire;

namespace OrleansBroker.Tests.Gateway.Abuse;

/// <summary>Frames of all methods of a client's and some of a server's, in any order, on a few channels, many of them spoilt.</summary>
internal sealed class RandomFrames(int seed, string prefix)
{
    private const int Channels = 3;

    private readonly Random _random = new(seed);

    /// <summary>What one peer sends after its connection is open.</summary>
    public byte[] Conversation()
    {
        // Most begin as they should, or hardly anything behind the first channel.open would ever be reached.
        List<byte[]> frames = [.. Enumerable.Range(1, Channels).Select(channel => Method((ushort)channel, new ChannelOpen()))];
        for (var left = _random.Next(1, 25); left > 0; left--)
        {
            frames.Add(_random.Next(3) == 0 ? Spoilt(Any()) : Any());
        }

        if (_random.Next(10) == 0)
        {
            frames.RemoveAt(_random.Next(frames.Count));
        }

        return [.. frames.SelectMany(octets => octets)];
    }

    private byte[] Any()
    {
        var channel = (ushort)(_random.Next(30) == 0 ? _random.Next(4000) : _random.Next(1, Channels + 1));
        var (queue, exchange, tag) = (Name("q"), Name("x"), Name("c"));
        var flags = (byte)_random.Next(32);
        return _random.Next(34) switch
        {
            0 => Method(channel, new ExchangeDeclare(exchange, Pick("direct", "topic", "fanout", "headers", "no"), (ExchangeDeclareFlags)flags, Arguments())),
            1 => Method(channel, new ExchangeDelete(exchange, (ExchangeDeleteFlags)(flags & 3))),
            2 => Method(channel, new ExchangeBind(exchange, Name("x"), "k", NoWait: flags > 20, Arguments())),
            3 => Method(channel, new ExchangeUnbind(exchange, Name("x"), "k", NoWait: flags > 20, Arguments())),
            4 or 5 => Method(channel, new QueueDeclare(queue, (QueueDeclareFlags)flags, Arguments())),
            6 => Method(channel, new QueueBind(queue, exchange, Pick("", "k", "a.#"), NoWait: flags > 20, Arguments())),
            7 => Method(channel, new QueueUnbind(queue, exchange, "k", Arguments())),
            8 => Method(channel, new QueuePurge(queue, NoWait: flags > 20)),
            9 => Method(channel, new QueueDelete(queue, (QueueDeleteFlags)(flags & 7))),
            10 => Method(channel, new BasicQos((uint)(flags == 0 ? 1 : 0), flags, Global: flags > 15)),
            11 or 12 => Method(channel, new BasicConsume(queue, tag, (BasicConsumeFlags)(flags & 15), Arguments())),
            13 => Method(channel, new BasicCancel(tag, NoWait: flags > 20)),
            14 or 15 => Method(channel, new BasicGet(queue, NoAck: flags > 15)),
            16 or 17 => Method(channel, new BasicAck((ulong)_random.Next(5), Multiple: flags > 15)),
            18 => Method(channel, new BasicReject((ulong)_random.Next(5), Requeue: flags > 15)),
            19 => Method(channel, new BasicNack((ulong)_random.Next(5), (BasicNackFlags)(flags & 3))),
            20 => Method(channel, new BasicRecover(Requeue: flags > 3)),
            21 => Method(channel, new ConfirmSelect(NoWait: flags > 15)),
            22 => Empty(channel, Pick(MethodId.TxSelect, MethodId.TxCommit, MethodId.TxRollback)),
            23 => Method(channel, new ChannelFlow(Active: flags > 3)),
            24 => Method(channel, new ChannelClose(200, "bye", MethodId.None)),
            25 => Method(channel, new ChannelOpen()),
            26 => Empty(channel, Pick(MethodId.ChannelCloseOk, MethodId.BasicQosOk, MethodId.BasicRecoverOk, MethodId.ConnectionCloseOk)),
            27 => Method(_random.Next(2) == 0 ? (ushort)0 : channel, new ConnectionOpen("/")),
            28 => WireClient.Frames(FrameWriter.WriteHeartbeat),
            _ => WireClient.Publish(_random.Next(2) == 0 ? "" : exchange, queue, new byte[_random.Next(2000)], flags > 20, Properties(), channel, 300),
        };
    }

    private byte[] Spoilt(byte[] octets)
    {
        switch (_random.Next(7))
        {
            case 0:
                return octets[..^_random.Next(1, octets.Length)];
            case 1:
                return [.. octets, .. octets[_random.Next(octets.Length)..]];
            case 2:
                var noise = new byte[_random.Next(1, 60)];
                _random.NextBytes(noise);
                return noise;
            case 3:
                // Within the payload: the frame itself stays whole, and the decoders get it.
                return Changed(octets, Frame.HeaderSize, octets.Length - 1);
            case 4:
                return Changed(octets, 3, Frame.HeaderSize);
            default:
                return Changed(octets, 0, octets.Length);
        }
    }

    private byte[] Changed(byte[] octets, int from, int to)
    {
        for (var changes = _random.Next(1, 4); changes > 0 && to > from; changes--)
        {
            octets[_random.Next(from, to)] = (byte)_random.Next(256);
        }

        return octets;
    }

    private byte[] Properties() => _random.Next(3) > 0
        ? []
        : BasicPropertiesWriter.ToArray(new BasicProperties
        {
            DeliveryMode = (byte)_random.Next(4),
            Priority = (byte)_random.Next(256),
            Expiration = Pick("0", "60000", "-1", "x", null),
            ReplyTo = Pick("amq.rabbitmq.reply-to", "r", null),
            UserId = Pick("guest", "other", null, null),
            Headers = _random.Next(2) == 0 ? null : new FieldTable([new(Pick("CC", "BCC", "h"), Pick<object?>(new object?[] { "k", 1 }, "text", null))]),
        });

    private FieldTable Arguments() => _random.Next(3) > 0
        ? FieldTable.Empty
        : new FieldTable([new(
            Pick("x-message-ttl", "x-max-length", "x-dead-letter-exchange", "x-max-priority", "x-priority", "x-match", "x-overflow", "alternate-exchange", "y"),
            Pick<object?>(1, 0L, -5, "any", "reject-publish", "", true, null, 2.5, new object?[] { 1 }))]);

    private string Name(string kind) => _random.Next(12) switch
    {
        0 => "",
        1 => kind == "q" ? "amq.rabbitmq.reply-to" : "amq.topic",
        _ => $"{prefix}{kind}{_random.Next(2)}",
    };

    private T Pick<T>(params T[] from) => from[_random.Next(from.Length)];

    private static byte[] Method<TMethod>(ushort channel, TMethod method)
        where TMethod : struct, IMethod<TMethod> => WireClient.Frames(output => FrameWriter.WriteMethod(output, channel, in method));

    private static byte[] Empty(ushort channel, MethodId method) => WireClient.Frames(output => FrameWriter.WriteMethod(output, channel, method));
}
