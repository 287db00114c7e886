using System.Buffers.Binary;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Storage.RocksDb.Rows;
using OrleansBroker.Storage.Rows;

namespace OrleansBroker.Storage.RocksDb.Reading;

/// <summary>Merges durable messages, transient messages and marks of one range, each in the order of their sequence numbers.</summary>
internal sealed class RangeMerge(BoundedScan? durable, BoundedScan? transient, BoundedScan? marks, byte priority)
{
    private const long End = long.MaxValue;

    public void Read(int limit, long octets, List<StoredMessage> into)
    {
        var nextDurable = Step(durable);
        var nextTransient = Step(transient);
        var nextMark = Step(marks);
        BrokerMessage? before = null;
        for (var read = 0; read < limit && octets > 0; read++)
        {
            var isTransient = nextTransient < nextDurable;
            var sequence = isTransient ? nextTransient : nextDurable;
            if (sequence == End)
            {
                return;
            }

            while (nextMark < sequence)
            {
                nextMark = Step(marks);
            }

            int? count = nextMark == sequence ? BinaryPrimitives.ReadInt32LittleEndian(marks!.Value) : null;
            var value = (isTransient ? transient : durable)!.Value;
            var message = MessageRow.Read(value, new MessagePosition(priority, sequence), count, isTransient, before);
            into.Add(message);
            before = message.Message;
            octets -= message.Message.Size;
            if (isTransient)
            {
                nextTransient = Step(transient);
            }
            else
            {
                nextDurable = Step(durable);
            }
        }
    }

    private static long Step(BoundedScan? scan) => scan is not null && scan.Next() ? Keys.SequenceOf(scan.Key) : End;
}
