namespace OrleansBroker.Grains.Queues.Core.Consumers;

/// <summary>
/// The consumers of one priority: those who can take messages now stand in line, and who was served goes to its end. So the turn
/// goes round, and finding the next one costs the same for two consumers as for ten thousand.
/// </summary>
internal sealed class ConsumerLine(int priority)
{
    private Consumer? _last;

    public int Priority { get; } = priority;

    /// <summary>Consumers of this priority.</summary>
    public int Members { get; set; }

    /// <summary>The one whose turn it is; null where nobody can take messages.</summary>
    public Consumer? First { get; private set; }

    /// <summary>How many stand in line.</summary>
    public int Count { get; private set; }

    /// <summary>Goes to the end of the line, where it does not stand in it.</summary>
    public void Join(Consumer consumer)
    {
        if (consumer.Line is not null)
        {
            return;
        }

        consumer.Line = this;
        consumer.Before = _last;
        if (_last is null)
        {
            First = consumer;
        }
        else
        {
            _last.After = consumer;
        }

        _last = consumer;
        Count++;
    }

    /// <summary>Goes out of the line, where it stands in it.</summary>
    public void Leave(Consumer consumer)
    {
        if (consumer.Line is null)
        {
            return;
        }

        if (consumer.Before is null)
        {
            First = consumer.After;
        }
        else
        {
            consumer.Before.After = consumer.After;
        }

        if (consumer.After is null)
        {
            _last = consumer.Before;
        }
        else
        {
            consumer.After.Before = consumer.Before;
        }

        (consumer.Line, consumer.Before, consumer.After) = (null, null, null);
        Count--;
    }
}
