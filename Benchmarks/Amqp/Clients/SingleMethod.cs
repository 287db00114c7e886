using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;

namespace OrleansBroker.Benchmarks.Amqp.Clients;

/// <summary>Waits for one method; anything else but a heartbeat is a failure.</summary>
internal sealed class SingleMethod(MethodId expected) : IFrameSink
{
    public bool Seen { get; private set; }

    /// <summary>The exception that tells why the server closed the channel or the connection.</summary>
    public static IOException Unexpected(MethodId method, ReadOnlySpan<byte> payload) => method switch
    {
        MethodId.ChannelClose => new IOException($"The server closed the channel: {MethodReader.Decode<ChannelClose>(payload)}"),
        MethodId.ConnectionClose => new IOException($"The server closed the connection: {MethodReader.Decode<ConnectionClose>(payload)}"),
        _ => new IOException($"The server sent {method.Name()}, which was not expected."),
    };

    public void Begin()
    {
        // Nothing is counted.
    }

    public void Take(scoped in Frame frame)
    {
        if (frame.Type == FrameType.Heartbeat)
        {
            return;
        }

        var scratch = Array.Empty<byte>();
        var payload = frame.Payload(ref scratch);
        var method = frame.Type == FrameType.Method ? MethodIds.Read(payload) : MethodId.None;
        Seen = method == expected ? true : throw Unexpected(method, payload);
    }

    public void End()
    {
        // Nothing is counted.
    }
}
