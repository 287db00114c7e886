using System.Buffers;

namespace OrleansBroker.Gateway.Channels;

/// <summary>Where a channel writes. All frames of one call stay together.</summary>
internal interface IChannelOutput
{
    /// <summary>The channel's number.</summary>
    ushort Channel { get; }

    /// <summary>The negotiated frame-max.</summary>
    int FrameMax { get; }

    /// <summary>Writes frames; never blocks. What a closed channel writes is dropped.</summary>
    void Write<TState>(TState state, Action<TState, IBufferWriter<byte>> write);

    /// <summary>Waits for room; deliveries wait for it before each chunk of at most 64 KiB.</summary>
    ValueTask WaitForRoomAsync(CancellationToken cancellationToken);
}
