namespace OrleansBroker.Grains.Queues.Core.Messages;

/// <summary>How many messages, and octets of bodies, durable and transient apart.</summary>
internal struct MessageTally
{
    public long Durable;
    public long DurableBytes;
    public long Transient;
    public long TransientBytes;

    public readonly long Count => Durable + Transient;

    public readonly long Bytes => DurableBytes + TransientBytes;

    public void Add(bool durable, long bytes, int count = 1)
    {
        if (durable)
        {
            Durable += count;
            DurableBytes += bytes;
        }
        else
        {
            Transient += count;
            TransientBytes += bytes;
        }
    }

    public void Remove(bool durable, long bytes) => Add(durable, -bytes, -1);

    public void Remove(in MessageTally other)
    {
        Durable -= other.Durable;
        DurableBytes -= other.DurableBytes;
        Transient -= other.Transient;
        TransientBytes -= other.TransientBytes;
    }
}
