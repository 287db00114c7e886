using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Topology.Listing;

/// <summary>Notes which queues are created and deleted through this silo where names are kept that were read before.</summary>
internal sealed class QueueChanges
{
    private readonly ConcurrentDictionary<string, ImmutableArray<ChangeLog>> _logs = new(StringComparer.Ordinal);

    /// <summary>Notes it after the commit.</summary>
    public void Created(QueueDefinition queue) => Note(queue, exists: true);

    /// <summary>Notes it after the commit.</summary>
    public void Deleted(QueueDefinition queue) => Note(queue, exists: false);

    /// <summary>Begins to note what changes in the virtual host.</summary>
    public ChangeLog Open(string virtualHost)
    {
        var log = new ChangeLog();
        _logs.AddOrUpdate(virtualHost, static (_, added) => [added], static (_, logs, added) => logs.Add(added), log);
        return log;
    }

    /// <summary>Nobody reads it any more.</summary>
    public void Close(string virtualHost, ChangeLog log) => _logs.AddOrUpdate(virtualHost, [], (_, logs) => logs.Remove(log));

    private void Note(QueueDefinition queue, bool exists)
    {
        if (!_logs.TryGetValue(queue.Id.VirtualHost, out var logs))
        {
            return;
        }

        foreach (var log in logs)
        {
            log.Note(queue, exists);
        }
    }
}

/// <summary>Which queues came and went since it was opened.</summary>
internal sealed class ChangeLog
{
    // They are sorted anew for whoever asks, which takes some ten milliseconds of so many.
    private const int MostNames = 16_384;

    private readonly ConcurrentDictionary<string, Change> _changes = new(StringComparer.Ordinal);
    private int _names;

    public void Note(QueueDefinition queue, bool exists)
    {
        var change = new Change(queue.Incarnation, exists);
        var name = queue.Id.Name;
        if (_changes.TryAdd(name, change))
        {
            if (Interlocked.Increment(ref _names) > MostNames)
            {
                _changes.TryRemove(name, out _);
                Interlocked.Decrement(ref _names);
            }

            return;
        }

        // Notes may overtake each other: those of a queue that was declared anew count, and its end is the last one of each.
        _changes.AddOrUpdate(
            name,
            static (_, added) => added,
            static (_, known, added) => added.Incarnation > known.Incarnation || (added.Incarnation == known.Incarnation && !added.Exists) ? added : known,
            change);
    }

    /// <summary>The names in the order of their octets, and whether there is such a queue.</summary>
    public List<(byte[] Name, bool Exists)> Read()
    {
        var changes = new List<(byte[] Name, bool Exists)>();
        foreach (var (name, change) in _changes)
        {
            changes.Add((Encoding.UTF8.GetBytes(name), change.Exists));
        }

        changes.Sort(static (one, other) => one.Name.AsSpan().SequenceCompareTo(other.Name));
        return changes;
    }

    private readonly record struct Change(long Incarnation, bool Exists);
}
