namespace OrleansBroker.Grains.Queues.Core.Departures;

/// <summary>Counts what leaves other than by acknowledgement, until the grain takes the counts along.</summary>
internal sealed class DropCounts
{
    private readonly Dictionary<(DropReason Reason, bool DeadLettered), long> _counts = [];

    public void Add(DropReason reason, bool deadLettered, long count = 1)
    {
        if (count > 0)
        {
            _counts[(reason, deadLettered)] = _counts.GetValueOrDefault((reason, deadLettered)) + count;
        }
    }

    public void MoveTo(List<MessageDrop> drops)
    {
        if (_counts.Count == 0)
        {
            return;
        }

        foreach (var ((reason, deadLettered), count) in _counts)
        {
            drops.Add(new MessageDrop(reason, deadLettered, count));
        }

        _counts.Clear();
    }
}
