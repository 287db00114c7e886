using OrleansBroker.Gateway.Channels;
using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Interfaces.Tracing;

namespace OrleansBroker.Gateway.Consuming.Deliveries;

/// <summary>Counts what a channel is sent, and copies it where the virtual host is traced.</summary>
internal sealed class DeliveryReport(ChannelIdentity identity, IFirehose firehose)
{
    /// <summary>The next messages of a run were written; called before the run moves on.</summary>
    public void Written(ChannelConsumer consumer, PendingRun run, int count)
    {
        consumer.Delivered.Add(count);
        identity.Counters.Add(consumer.NoAck ? MessageCount.DeliverNoAck : MessageCount.Deliver, count);
        identity.Counters.Add(MessageCount.Redeliver, run.RedeliveredIn(count));
        // Replies come without a queue.
        if (consumer.Consumer is { Options.Queue: var queue } && firehose.IsOn(identity.VirtualHost))
        {
            for (var i = run.At; i < run.At + count; i++)
            {
                firehose.Delivered(new QueueId(identity.VirtualHost, queue), run.Messages.Span[i], run.Redelivered?.Contains(i) == true, identity.Subject);
            }
        }
    }

    /// <summary>A get was answered, with a message or without one.</summary>
    public void Got(string queue, DeliveryBatch? delivery)
    {
        if (delivery is not null && firehose.IsOn(identity.VirtualHost))
        {
            firehose.Delivered(new QueueId(identity.VirtualHost, queue), delivery.Messages.Messages.Span[0], delivery.Redelivered is { Length: > 0 }, identity.Subject);
        }
    }
}
