namespace OrleansBroker.Grains.Interfaces.Messages;

/// <summary>
/// Messages that travel together, in their order. Within a silo the batch is passed on as it is; between processes it is one
/// block of bytes that the receiver slices (<see cref="MessageBatchCodec"/>), so that a message costs no allocation of its own
/// for its payload.
/// </summary>
[Immutable]
public sealed class MessageBatch(ReadOnlyMemory<BrokerMessage> messages)
{
    /// <summary>A batch of one.</summary>
    public MessageBatch(BrokerMessage message)
        : this(new[] { message })
    {
    }

    /// <summary>The messages; whoever made the batch must not change what backs them.</summary>
    public ReadOnlyMemory<BrokerMessage> Messages { get; } = messages;

    /// <summary>How many there are.</summary>
    public int Count => Messages.Length;
}
