using OrleansBroker.FaultLab.History;
using OrleansBroker.FaultLab.Load.Topology;

namespace OrleansBroker.FaultLab.Load.Consuming;

/// <summary>What one consumer writes into the history. After its end it writes nothing: what a dead channel still hands out came too late.</summary>
internal sealed class ConsumerNotes(HistoryLog history, int consumer, LabQueue queue)
{
    private readonly Lock _gate = new();
    private bool _isEnding;
    private bool _hasEnded;

    /// <summary>It is about to start.</summary>
    public void Started(int prefetch, string text) =>
        Add(new HistoryEvent { Kind = HistoryKind.ConsumerStarted, Prefetch = prefetch, Text = text });

    /// <summary>A message came; false where the consumer had ended before.</summary>
    public bool Delivered(MessageName message, string? damage, bool redelivered, ulong tag) =>
        Add(HistoryEvent.Of(HistoryKind.Delivered, message) with { Redelivered = redelivered, Tag = tag, Text = damage });

    /// <summary>It is about to settle a message, or knows that it has.</summary>
    public bool Settling(HistoryKind kind, MessageName message) => Add(HistoryEvent.Of(kind, message));

    /// <summary>Its client is about to end it.</summary>
    public void Ending()
    {
        lock (_gate)
        {
            if (!_isEnding)
            {
                Add(new HistoryEvent { Kind = HistoryKind.ConsumerEnding });
                _isEnding = true;
            }
        }
    }

    /// <summary>It is gone.</summary>
    public void Ended()
    {
        lock (_gate)
        {
            Add(new HistoryEvent { Kind = HistoryKind.ConsumerEnded });
            _hasEnded = true;
        }
    }

    private bool Add(HistoryEvent happened)
    {
        lock (_gate)
        {
            if (_hasEnded)
            {
                return false;
            }

            history.Add(happened with { Consumer = consumer, Queue = queue.Name });
            return true;
        }
    }
}
