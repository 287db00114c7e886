using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Sessions;

/// <summary>What a session has to clean up when it closes: its consumers and its exclusive queues.</summary>
internal sealed class SessionQueues(int limit)
{
    private readonly Dictionary<QueueId, HashSet<long>> _consumers = [];
    private readonly HashSet<QueueId> _exclusive = [];

    public void AddConsumer(QueueId queue, long consumer)
    {
        if (!_consumers.TryGetValue(queue, out var numbers))
        {
            CheckLimit(_consumers.Count);
            _consumers[queue] = numbers = [];
        }

        if (numbers.Add(consumer))
        {
            CheckLimit(numbers.Count);
        }
    }

    public void RemoveConsumer(QueueId queue, long consumer)
    {
        if (_consumers.TryGetValue(queue, out var numbers) && numbers.Remove(consumer) && numbers.Count == 0)
        {
            _consumers.Remove(queue);
        }
    }

    public void AddExclusive(QueueId queue)
    {
        CheckLimit(_exclusive.Count);
        _exclusive.Add(queue);
    }

    public void RemoveExclusive(QueueId queue) => _exclusive.Remove(queue);

    public IReadOnlyList<(QueueId Queue, long Consumer)> TakeConsumers()
    {
        (QueueId, long)[] all = [.. _consumers.SelectMany(q => q.Value.Select(c => (q.Key, c)))];
        _consumers.Clear();
        return all;
    }

    public IReadOnlyList<QueueId> TakeExclusive()
    {
        QueueId[] all = [.. _exclusive];
        _exclusive.Clear();
        return all;
    }

    private void CheckLimit(int count)
    {
        if (count > limit)
        {
            throw new BrokerException(ReplyCode.ResourceError, $"a session may have {limit} consumers and exclusive queues at most");
        }
    }
}
