using System.Collections.Concurrent;

namespace OrleansBroker.Tests.Durability;

/// <summary>What a publisher was told of a message.</summary>
public enum PublishFate
{
    /// <summary>Confirmed: from now on it must not be lost.</summary>
    Confirmed,

    /// <summary>Nacked, or no answer came: it may be in the queue or not.</summary>
    Unknown,
}

/// <summary>What a consumer did with a delivery.</summary>
public enum SettleFate
{
    /// <summary>Acked. The ack has no answer: it may have been on its way when the silo died, and the message then comes again.</summary>
    Acked,

    /// <summary>Returned to the queue, or left unsettled: it must come again.</summary>
    Returned,
}

/// <summary>A message as its publisher knows it: numbers of one publisher ascend in the order of publishing.</summary>
public readonly record struct MessageName(int Publisher, long Number)
{
    public override string ToString() => $"{Publisher}-{Number}";

    public static MessageName Parse(string text)
    {
        var parts = text.Split('-', 2);
        return new MessageName(int.Parse(parts[0]), long.Parse(parts[1]));
    }
}

/// <summary>One publish.</summary>
public readonly record struct PublishRecord(MessageName Message, PublishFate Fate);

/// <summary>
/// One delivery, in the round in which it was recorded. A session is one subscription of one consumer: it sees its deliveries in the
/// queue's order. Since tells in which round it began.
/// </summary>
public readonly record struct DeliveryRecord(int Round, int Session, int Since, MessageName Message, bool Redelivered, SettleFate Fate);

/// <summary>Everything that publishers and consumers saw, in the order in which each of them saw it.</summary>
public sealed class History
{
    private readonly ConcurrentQueue<PublishRecord> _published = new();
    private readonly ConcurrentQueue<DeliveryRecord> _delivered = new();
    private long _confirmed;

    public IReadOnlyCollection<PublishRecord> Published => _published;

    public IReadOnlyCollection<DeliveryRecord> Delivered => _delivered;

    public long Confirmed => Interlocked.Read(ref _confirmed);

    public void Publish(MessageName message, PublishFate fate)
    {
        _published.Enqueue(new PublishRecord(message, fate));
        if (fate == PublishFate.Confirmed)
        {
            Interlocked.Increment(ref _confirmed);
        }
    }

    public void Deliver(DeliveryRecord delivery) => _delivered.Enqueue(delivery);

    /// <summary>Waits until so many more messages were confirmed and delivered.</summary>
    public async Task AdvanceAsync(int messages, TimeSpan patience)
    {
        var (confirmed, delivered) = (Confirmed + messages, _delivered.Count + messages);
        using var timeout = new CancellationTokenSource(patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        try
        {
            while (Confirmed < confirmed || _delivered.Count < delivered)
            {
                await timer.WaitForNextTickAsync(timeout.Token);
            }
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            throw new TimeoutException(
                $"In {patience} there were {messages - (confirmed - Confirmed)} confirms and {messages - (delivered - _delivered.Count)} deliveries, not {messages}.");
        }
    }
}
