using OrleansBroker.FaultLab.History;

namespace OrleansBroker.FaultLab.Judging;

/// <summary>
/// First deliveries of one publisher's messages from one queue are in their order. What one consumer sees is compared throughout. Between
/// two consumers messages are on their way for a while, so there a message is late only where its consumer did not even begin to start
/// before a later message had come.
/// </summary>
internal sealed class OrderJudge(HistoryIndex index, Findings findings)
{
    private readonly Dictionary<(int Publisher, string? Queue), List<(long At, long Number)>> _records = [];

    /// <summary>A message came for the first time, as its missing mark says.</summary>
    public void Delivered(HistoryEvent happened, MessageState message, ConsumerState consumer)
    {
        var name = happened.Message;
        if (consumer.Highest.TryGetValue(name.Publisher, out var highest) && highest.Number > name.Number)
        {
            if (!IsExcused(message, highest.Message))
            {
                Add(happened, highest.Number, $"in consumer {happened.Consumer}");
            }

            return;
        }

        consumer.Highest[name.Publisher] = (name.Number, message);
        if (!_records.TryGetValue((name.Publisher, happened.Queue), out var records))
        {
            _records[(name.Publisher, happened.Queue)] = records = [];
        }

        if (records.Count == 0 || records[^1].Number < name.Number)
        {
            records.Add((happened.Time, name.Number));
        }
        else if (BeforeStart(records, consumer) is { } record
            && record.Number > name.Number
            && !index.Faults.Touch(record.At, happened.Time)
            && !IsExcused(message, index.Find(name with { Number = record.Number })!))
        {
            Add(happened, record.Number, $"in another consumer, before consumer {happened.Consumer} started");
        }
    }

    /// <summary>
    /// A publish that was given up as unknown may still arrive, after messages that were sent only then. Over AMQP no later message
    /// exists, as the channel has ended; the native client goes on in the same connection.
    /// </summary>
    private static bool IsExcused(MessageState late, MessageState later) => late.Outcome == Outcome.Unknown && later.SentAt > late.OutcomeAt;

    private static (long At, long Number)? BeforeStart(List<(long At, long Number)> records, ConsumerState consumer)
    {
        var (low, high) = (0, records.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (records[middle].At < consumer.StartedAt)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low == 0 ? null : records[low - 1];
    }

    private void Add(HistoryEvent happened, long later, string where) =>
        findings.Add(
            ViolationKind.OutOfOrder,
            $"{happened.Message} came from {happened.Queue} at {Findings.Seconds(happened.Time)}, after {happened.Publisher}-{later} {where}",
            happened.Message,
            happened.Queue);
}
