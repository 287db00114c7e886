using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Queues.Core.Messages;

namespace OrleansBroker.Grains.Queues.Core.Writes;

/// <summary>
/// The durable mark up to which messages may have been delivered. It is committed before a durable message beyond it is delivered,
/// so that after a crash nothing that a consumer may have seen comes without the redelivered mark. It moves in strides ahead of the
/// deliveries, with writes that go anyway where there are any.
/// </summary>
internal sealed class DeliveredMark(long recovered, int stride)
{
    private long _committed = recovered;
    private long _underWay = recovered;
    private long _wanted = recovered;
    private ConsumerId _foremost;
    private long _behind = recovered;

    /// <summary>Messages of the last owner's time up to here may have been delivered by it.</summary>
    public long SuspectUpTo { get; } = recovered;

    /// <summary>The highest message that was handed out.</summary>
    public long Delivered { get; private set; } = recovered;

    /// <summary>Whether the mark is to move, and with a write of its own where no other goes.</summary>
    public bool IsWanted => _wanted > _underWay;

    /// <summary>Whether the message may be handed out. Asks for the mark to move where it may not.</summary>
    public bool Allows(QueuedMessage message, long last)
    {
        if (IsAllowed(message))
        {
            return true;
        }

        Want(Math.Min(last, message.Sequence + stride));
        return false;
    }

    /// <summary>Whether the message may be handed out.</summary>
    public bool IsAllowed(QueuedMessage message) => !message.Stored || message.Sequence <= _committed;

    /// <summary>A message was handed to a consumer.</summary>
    public void Passed(long sequence, ConsumerId consumer)
    {
        if (sequence > Delivered)
        {
            (_behind, _foremost) = consumer == _foremost ? (_behind, _foremost) : (Delivered, consumer);
            Delivered = sequence;
        }
        else if (consumer != _foremost)
        {
            _behind = Math.Max(_behind, sequence);
        }
    }

    /// <summary>Whether somebody else has got a later message than one that a consumer holds: then that comes late, whoever gets it.</summary>
    public bool IsOvertaken(long sequence, ConsumerId holder) => sequence < (holder == _foremost ? _behind : Delivered);

    /// <summary>A write goes while consumers wait for messages: it takes the mark along, as far as a stride goes.</summary>
    public void TakeAlong(long outstanding, long last) =>
        Want(outstanding <= stride ? last : Math.Min(last, Delivered + stride));

    /// <summary>The mark that the next write carries.</summary>
    public long TakeForWrite() => _underWay = _wanted;

    /// <summary>The write under way is committed.</summary>
    public void Committed() => _committed = _underWay;

    private void Want(long sequence) => _wanted = Math.Max(_wanted, sequence);
}
