using OrleansBroker.Amqp;

namespace OrleansBroker.Gateway.Channels;

/// <summary>The connection, as its channels see it. Safe on any thread.</summary>
internal interface IChannelHost
{
    /// <summary>Closes the connection with an error.</summary>
    void Fail(ushort channel, AmqpError error);

    /// <summary>A channel was closed with an error.</summary>
    void ChannelFailed(ushort channel, AmqpError error);

    /// <summary>The broker failed at a method: for the log.</summary>
    void Fault(ushort channel, MethodId method, Exception failure);

    /// <summary>Writes channel.close-ok for a channel that is closing itself.</summary>
    void ConfirmClose(ushort channel);

    /// <summary>The number is free for another channel, which waits for the end of this one.</summary>
    void Forget(AmqpChannel channel, Task? ending);
}
