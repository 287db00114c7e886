using System.Buffers;

namespace OrleansBroker.Gateway.Channels;

/// <summary>A channel's way to its connection's socket.</summary>
internal interface IChannelOutput
{
    /// <summary>The channel's number.</summary>
    ushort Channel { get; }

    /// <summary>The frame-max that the client negotiated.</summary>
    int FrameMax { get; }

    /// <summary>Writes frames. Never blocks; all frames of one call stay together.</summary>
    void Write<TState>(TState state, Action<TState, IBufferWriter<byte>> write);

    /// <summary>Completes when the connection's outgoing buffer has room.</summary>
    ValueTask WaitForRoomAsync(CancellationToken cancellationToken);
}
