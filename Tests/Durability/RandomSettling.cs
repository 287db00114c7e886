using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace OrleansBroker.Tests.Durability;

/// <summary>
/// Settles a channel's deliveries at random: returns some by nack or reject, acks the others, often several at once. What it settles
/// is recorded before it says so, what it never settles as returned.
/// </summary>
internal sealed class RandomSettling(
    IChannel channel, Random random, int mostUnsettled, bool returns, Action<MessageName, bool, SettleFate> record)
{
    private readonly Lock _lock = new();
    private readonly List<(MessageName Message, bool Redelivered)> _unsettled = [];
    private bool _ended;

    /// <summary>Deliveries come one after the other.</summary>
    public async Task SettleAsync(BasicDeliverEventArgs delivery)
    {
        if (Decide(delivery) is { } answer)
        {
            await answer();
        }
    }

    /// <summary>The channel is gone, and with it what was not settled.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            Record(SettleFate.Returned);
        }
    }

    /// <summary>Settles nothing more.</summary>
    public void End()
    {
        lock (_lock)
        {
            Record(SettleFate.Returned);
            _ended = true;
        }
    }

    private Func<Task>? Decide(BasicDeliverEventArgs delivery)
    {
        var (message, tag) = (MessageName.Parse(Encoding.UTF8.GetString(delivery.Body.Span)), delivery.DeliveryTag);
        lock (_lock)
        {
            if (_ended)
            {
                return null;
            }

            if (returns && random.Next(10) == 0)
            {
                record(message, delivery.Redelivered, SettleFate.Returned);
                return random.Next(2) == 0
                    ? () => channel.BasicNackAsync(tag, multiple: false, requeue: true).AsTask()
                    : () => channel.BasicRejectAsync(tag, requeue: true).AsTask();
            }

            _unsettled.Add((message, delivery.Redelivered));
            if (_unsettled.Count <= mostUnsettled && random.Next(4) > 0)
            {
                return null;
            }

            var multiple = _unsettled.Count > 1;
            Record(SettleFate.Acked);
            return () => channel.BasicAckAsync(tag, multiple).AsTask();
        }
    }

    private void Record(SettleFate fate)
    {
        _unsettled.ForEach(delivery => record(delivery.Message, delivery.Redelivered, fate));
        _unsettled.Clear();
    }
}
