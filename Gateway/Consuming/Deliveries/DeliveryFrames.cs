using System.Buffers;
using System.Text;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Gateway.Channels;
using OrleansBroker.Grains.Interfaces.Messages;

namespace OrleansBroker.Gateway.Consuming.Deliveries;

/// <summary>
/// Deliveries as frames. Nothing is allocated for a message: names are encoded into buffers that stay, and only where they differ from the
/// message's before. Not thread-safe.
/// </summary>
internal sealed class DeliveryFrames(IChannelOutput output)
{
    private const int ChunkOctets = 64 * 1024;

    private readonly Name _exchange = new();
    private readonly Name _routingKey = new();
    private byte[] _tagOctets = [];
    private PendingRun? _run;
    private int _count;
    private int _octets;
    private ulong _tag;

    /// <summary>How many messages of the run make a chunk, one at least; and the octets of their frames.</summary>
    public int Fit(byte[] consumerTag, PendingRun run, out int octets)
    {
        var messages = run.Messages.Span[run.At..];
        octets = 0;
        for (var i = 0; i < messages.Length; i++)
        {
            var message = messages[i];
            var size = ContentWriter.SizeOf(Method(consumerTag, message, 0, redelivered: false), message.Properties.Length, message.Body.Length, output.FrameMax);
            if (octets + (long)size > ChunkOctets && i > 0)
            {
                return i;
            }

            octets += size;
        }

        return messages.Length;
    }

    /// <summary>Writes messages of the run, in one piece where their size is known.</summary>
    public void Write(byte[] consumerTag, PendingRun run, int count, ulong tag, int? octets)
    {
        (_tagOctets, _run, _count, _tag, _octets) = (consumerTag, run, count, tag, octets ?? 0);
        output.Write(this, static (frames, buffer) => frames.WriteTo(buffer));
        _run = null;
    }

    private void WriteTo(IBufferWriter<byte> buffer)
    {
        var run = _run!;
        var messages = run.Messages.Span.Slice(run.At, _count);
        var redelivered = run.Redelivered is { } all ? all.AsSpan(FirstFrom(all, run.At)) : [];
        var atOnce = _octets is > 0 and <= ChunkOctets;
        var target = atOnce ? buffer.GetSpan(_octets) : default;
        var written = 0;
        for (var i = 0; i < messages.Length; i++)
        {
            var message = messages[i];
            var isRedelivered = !redelivered.IsEmpty && redelivered[0] == run.At + i;
            redelivered = isRedelivered ? redelivered[1..] : redelivered;
            var method = Method(_tagOctets, message, _tag + (ulong)i, isRedelivered);
            if (atOnce)
            {
                written += ContentWriter.Write(
                    target[written..], output.Channel, method, message.Properties.Span, message.Body.Span, output.FrameMax);
            }
            else
            {
                ContentWriter.Write(buffer, output.Channel, method, message.Properties.Span, message.Body.Span, output.FrameMax);
            }
        }

        if (atOnce)
        {
            buffer.Advance(written);
        }
    }

    private BasicDeliver Method(ReadOnlySpan<byte> consumerTag, BrokerMessage message, ulong tag, bool redelivered) => new()
    {
        ConsumerTag = consumerTag,
        DeliveryTag = tag,
        Redelivered = redelivered,
        Exchange = _exchange.Encode(message.Exchange),
        RoutingKey = _routingKey.Encode(message.RoutingKey),
    };

    private static int FirstFrom(int[] indexes, int at)
    {
        var found = Array.BinarySearch(indexes, at);
        return found < 0 ? ~found : found;
    }

    /// <summary>A name in UTF-8, as it was for the message before.</summary>
    private sealed class Name
    {
        private string _text = "";
        private byte[] _octets = [];
        private int _length;

        public ReadOnlySpan<byte> Encode(string text)
        {
            if (!ReferenceEquals(text, _text) && !string.Equals(text, _text, StringComparison.Ordinal))
            {
                var most = Encoding.UTF8.GetMaxByteCount(text.Length);
                if (_octets.Length < most)
                {
                    _octets = new byte[most];
                }

                _length = Encoding.UTF8.GetBytes(text, _octets);
                _text = text;
            }

            return _octets.AsSpan(0, _length);
        }
    }
}
