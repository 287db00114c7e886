using OrleansBroker.Grains.Interfaces.Messages;

namespace OrleansBroker.ClientLib.Publishing;

/// <summary>One call of publish: its messages and the task that its caller awaits.</summary>
internal sealed class PendingPublish(bool mandatory) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
{
    private Exception? _failure;

    /// <summary>The messages; one or, for a batch, several that stay together.</summary>
    public ReadOnlyMemory<BrokerMessage> Batch { get; set; }

    /// <summary>The message of a call that publishes but one; null for a batch.</summary>
    public BrokerMessage? Single { get; set; }

    /// <summary>Makes the messages, once there is room for them; null where they are made already.</summary>
    public Action<PendingPublish>? Encode { get; set; }

    /// <summary>Whether an unroutable message is a failure.</summary>
    public bool Mandatory { get; } = mandatory;

    /// <summary>How many messages it has.</summary>
    public int Count => Single is null ? Batch.Length : 1;

    /// <summary>Octets of its messages.</summary>
    public long Size
    {
        get
        {
            if (Single is { } single)
            {
                return single.Size;
            }

            long size = 0;
            foreach (var message in Batch.Span)
            {
                size += message.Size;
            }

            return size;
        }
    }

    /// <summary>Sets its one message.</summary>
    public PendingPublish With(BrokerMessage message)
    {
        Single = message;
        return this;
    }

    /// <summary>Adds its messages to a batch.</summary>
    public void AddTo(List<BrokerMessage> messages)
    {
        if (Single is { } single)
        {
            messages.Add(single);
            return;
        }

        messages.AddRange(Batch.Span);
    }

    /// <summary>Notes that one of its messages failed; the first failure is what the caller gets.</summary>
    public void Fail(Exception failure) => _failure ??= failure;

    /// <summary>Completes the caller's task.</summary>
    public void Complete()
    {
        if (_failure is null)
        {
            TrySetResult();
        }
        else
        {
            TrySetException(_failure);
        }
    }
}
