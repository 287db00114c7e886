using System.Buffers.Binary;
using System.Text;

namespace OrleansBroker.Storage.RocksDb.Writing;

/// <summary>Versions and sequences as they are after the batch that is being filled.</summary>
internal sealed class TopologyChanges(Database database)
{
    public const int VersionOctets = 8;

    private readonly Dictionary<string, long> _versions = [];
    private readonly Dictionary<string, long> _sequences = [];

    /// <summary>The row's version; 0 when there is none.</summary>
    public long VersionOf(string key)
    {
        if (!_versions.TryGetValue(key, out var version))
        {
            using var value = database.Get(database.Topology, Encoding.UTF8.GetBytes(key));
            version = value.Exists ? BinaryPrimitives.ReadInt64LittleEndian(value.Span) : 0;
            _versions.Add(key, version);
        }

        return version;
    }

    public void SetVersion(string key, long version) => _versions[key] = version;

    /// <summary>The sequence's next number.</summary>
    public long NextOf(string sequence)
    {
        if (!_sequences.TryGetValue(sequence, out var next))
        {
            using var value = database.Get(database.Sequences, Encoding.UTF8.GetBytes(sequence));
            next = value.Exists ? BinaryPrimitives.ReadInt64LittleEndian(value.Span) : 1;
        }

        return next;
    }

    public void SetNext(string sequence, long next) => _sequences[sequence] = next;

    public void Clear()
    {
        _versions.Clear();
        _sequences.Clear();
    }
}
