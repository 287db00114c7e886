namespace OrleansBroker.Storage.RocksDb.Writing;

/// <summary>
/// Operations on their way to the writer, in the order in which they came. What waits here is held by callers that wait for it
/// anyway, so that it needs no bound beyond theirs: a queue has one write under way.
/// </summary>
internal sealed class OperationQueue
{
    private readonly object _gate = new();
    private readonly Queue<Operation> _operations = new();
    private Exception? _closed;
    private bool _writerWaits;

    /// <summary>Adds an operation; where no more are taken it fails at once.</summary>
    public void Add(Operation operation)
    {
        lock (_gate)
        {
            if (_closed is null)
            {
                _operations.Enqueue(operation);
                if (_writerWaits)
                {
                    _writerWaits = false;
                    Monitor.Pulse(_gate);
                }

                return;
            }
        }

        operation.Fail(_closed);
    }

    /// <summary>Waits for operations and takes up to about so many octets of them; false when it is closed and empty.</summary>
    public bool Take(List<Operation> into, long octets)
    {
        lock (_gate)
        {
            while (_operations.Count == 0)
            {
                if (_closed is not null)
                {
                    return false;
                }

                _writerWaits = true;
                Monitor.Wait(_gate);
            }

            while (octets > 0 && _operations.TryDequeue(out var operation))
            {
                into.Add(operation);
                octets -= operation.Octets;
            }

            return true;
        }
    }

    /// <summary>Takes no more: later ones fail with the exception. What is in it can still be taken.</summary>
    public void Close(Exception reason)
    {
        lock (_gate)
        {
            _closed ??= reason;
            Monitor.Pulse(_gate);
        }
    }
}
