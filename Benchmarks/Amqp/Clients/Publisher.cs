using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Benchmarks.Load;

namespace OrleansBroker.Benchmarks.Amqp.Clients;

/// <summary>What a publisher sends.</summary>
/// <param name="Exchange">The exchange.</param>
/// <param name="Key">The routing key.</param>
/// <param name="Size">Octets of a body, at least eight: it begins with the time at which it was sent.</param>
/// <param name="Persistent">Whether messages are persistent.</param>
/// <param name="Window">Messages that may be unconfirmed; 0 for no confirms.</param>
/// <param name="Rate">Messages per second; 0 for as many as the server takes.</param>
internal sealed record Publishing(string Exchange, string Key, int Size, bool Persistent, int Window, int Rate);

/// <summary>Sends frames that are built once, many messages with each call of the socket.</summary>
internal sealed class Publisher
{
    private const int BlockOctets = 65_536;
    private const int BlockMessages = 256;

    private readonly WireConnection _connection;
    private readonly Publishing _publishing;
    private readonly ConfirmWindow? _window;
    private readonly byte[] _block;
    private readonly int _messages;
    private long _published;

    public Publisher(WireConnection connection, Publishing publishing)
    {
        _connection = connection;
        _publishing = publishing;
        var message = Encode(publishing);
        _messages = publishing.Rate > 0 ? 1 : Math.Clamp(BlockOctets / message.Length, 1, BlockMessages);
        _block = [.. Enumerable.Repeat(message, _messages).SelectMany(octets => octets)];
        if (publishing.Window > 0)
        {
            _window = new ConfirmWindow(publishing.Window);
            connection.SelectConfirms();
        }
    }

    public long Published => Volatile.Read(ref _published);

    public long Refused => _window?.Refused ?? 0;

    /// <summary>Its threads: one sends, and one reads confirms where there are any.</summary>
    public void Start(Workers workers)
    {
        if (_window is not null)
        {
            workers.Start(() => _connection.ReadFrames(_window, BlockOctets));
        }

        workers.Start(Send);
    }

    private static byte[] Encode(Publishing publishing)
    {
        var output = new ArrayBufferWriter<byte>();
        var publish = new BasicPublish
        {
            Exchange = Encoding.UTF8.GetBytes(publishing.Exchange),
            RoutingKey = Encoding.UTF8.GetBytes(publishing.Key),
        };
        var properties = BasicPropertiesWriter.ToArray(new BasicProperties { DeliveryMode = (byte)(publishing.Persistent ? 2 : 1) });
        ContentWriter.Write(output, WireConnection.Channel, in publish, properties, new byte[publishing.Size], WireConnection.FrameMax);
        return output.WrittenSpan.ToArray();
    }

    private void Send()
    {
        var length = _block.Length / _messages;
        // The last octet of a message ends its only body frame.
        var body = length - 1 - _publishing.Size;
        var step = _publishing.Rate > 0 ? TimeProvider.System.TimestampFrequency / (double)_publishing.Rate : 0;
        double due = TimeProvider.System.GetTimestamp();
        while (true)
        {
            if (step > 0)
            {
                Pause.Until((long)(due += step));
            }

            _window?.Take(_messages);
            var now = TimeProvider.System.GetTimestamp();
            for (var i = 0; i < _messages; i++)
            {
                BinaryPrimitives.WriteInt64LittleEndian(_block.AsSpan((i * length) + body), now);
            }

            _connection.Send(_block);
            Volatile.Write(ref _published, _published + _messages);
        }
    }
}
