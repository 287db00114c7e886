using System.Buffers;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Gateway.Output;

namespace OrleansBroker.Gateway.Channels;

/// <summary>A channel's share of its connection's output.</summary>
internal sealed class ChannelOutput(ConnectionOutput output, ushort channel, int frameMax) : IChannelOutput
{
    private readonly OutputGate _gate = new();

    public ushort Channel => channel;

    public int FrameMax => frameMax;

    public bool IsFull => output.IsFull;

    /// <summary>Whether the connection has ended, and nobody reads what is written.</summary>
    public bool IsClosed => output.IsClosed;

    public void Write<TState>(TState state, Action<TState, IBufferWriter<byte>> write) => output.Write(state, write, _gate);

    public ValueTask WaitForRoomAsync(CancellationToken cancellationToken) => output.WaitForRoomAsync(cancellationToken);

    /// <summary>Writes a method.</summary>
    public void Write<TMethod>(TMethod method)
        where TMethod : struct, IMethod<TMethod> =>
        Write((channel, method), static (state, writer) => FrameWriter.WriteMethod(writer, state.channel, in state.method));

    /// <summary>Writes a method without arguments.</summary>
    public void Write(MethodId method) =>
        Write((channel, method), static (state, writer) => FrameWriter.WriteMethod(writer, state.channel, state.method));

    /// <summary>Writes channel.close; nothing of the channel follows.</summary>
    public void Close(AmqpError error) => output.WriteLast(_gate, (channel, error), static (state, writer) =>
    {
        var close = ChannelClose.Of(state.error);
        FrameWriter.WriteMethod(writer, state.channel, in close);
    });

    /// <summary>Writes channel.close-ok; nothing of the channel follows.</summary>
    public void ConfirmClose() => output.WriteLast(
        _gate, channel, static (number, writer) => FrameWriter.WriteMethod(writer, number, MethodId.ChannelCloseOk));
}
