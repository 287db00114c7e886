using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Stores;

namespace OrleansBroker.Tests.Storage;

/// <summary>Messages and writes for the store's tests.</summary>
internal static class Samples
{
    /// <summary>Delivery-mode 2 and nothing else.</summary>
    private static readonly byte[] Persistent = [0x10, 0x00, 2];

    public static StoredMessage Message(long sequence, byte priority = 0, int size = 100, int seed = 0) => new()
    {
        Position = At(sequence, priority),
        Message = new BrokerMessage("exchange", "key", Persistent, Body(sequence, size, seed)),
        EnqueuedAt = 1_700_000_000_000 + sequence,
    };

    public static byte[] Body(long sequence, int size, int seed = 0)
    {
        var body = new byte[size];
        new Random(unchecked((int)sequence * 31 + seed)).NextBytes(body);
        return body;
    }

    public static MessagePosition At(long sequence, byte priority = 0) => new(priority, sequence);

    public static MessageRange All(byte priority = 0) => new(priority, 1, long.MaxValue);

    /// <summary>A write whose state counts the messages that it adds, as if they were all.</summary>
    public static QueueWrite Write(long queue, long epoch, params StoredMessage[] messages) => new()
    {
        Incarnation = queue,
        Epoch = epoch,
        Appended = messages,
        State = new QueueState
        {
            NextSequence = messages.Length == 0 ? 1 : messages.Max(message => message.Position.Sequence) + 1,
            Bands = [.. messages.GroupBy(message => message.Position.Priority).OrderByDescending(band => band.Key).Select(Band)],
        },
    };

    private static StoredBand Band(IGrouping<byte, StoredMessage> band) => new()
    {
        Priority = band.Key,
        First = band.Min(message => message.Position.Sequence),
        Durable = band.Count(message => !message.Transient),
        DurableBytes = band.Where(message => !message.Transient).Sum(message => message.Message.Size),
        Transient = band.Count(message => message.Transient),
        TransientBytes = band.Where(message => message.Transient).Sum(message => message.Message.Size),
    };
}
