using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Storage.RocksDb.Reading;
using OrleansBroker.Storage.RocksDb.Writing;

namespace OrleansBroker.Storage.RocksDb;

/// <summary>Definitions in the embedded database.</summary>
internal sealed class RocksDbTopologyStore(Database database, StoreWriter writer, ReadGate gate) : ITopologyStore
{
    /// <summary>Rows that a scan reads at a time; between pages it holds nothing in the database.</summary>
    private const int PageRows = 256;

    /// <summary>Octets after which a page ends early.</summary>
    private const int PageOctets = 1 << 20;

    /// <summary>Rows counted between two looks at the cancellation token.</summary>
    private const int CountStride = 4096;

    public ValueTask<TopologyRow?> GetAsync(string key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        return gate.RunShortAsync(() => Get(key), cancellationToken);
    }

    public async IAsyncEnumerable<TopologyRow> ScanAsync(
        string prefix, string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        while (true)
        {
            var from = after;
            var page = await gate.RunAsync(() => ReadPage(prefix, from), cancellationToken).ConfigureAwait(false);
            if (page.Count == 0)
            {
                yield break;
            }

            foreach (var row in page)
            {
                yield return row;
            }

            after = page[^1].Key;
        }
    }

    public Task<long> CountAsync(string prefix, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        return gate.RunAsync(() => Count(prefix, cancellationToken), cancellationToken);
    }

    public Task<bool> CommitAsync(IReadOnlyList<TopologyChange> changes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(changes);
        cancellationToken.ThrowIfCancellationRequested();
        return writer.AddAsync(new TopologyOperation(changes));
    }

    public Task<long> AllocateAsync(string sequence, int count, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(sequence);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        cancellationToken.ThrowIfCancellationRequested();
        return writer.AddAsync(new AllocateOperation(sequence, count));
    }

    private TopologyRow? Get(string key)
    {
        using var value = database.Get(database.Topology, Encoding.UTF8.GetBytes(key));
        return value.Exists ? Row(key, value.Span) : null;
    }

    private List<TopologyRow> ReadPage(string prefix, string? after)
    {
        var rows = new List<TopologyRow>();
        var octets = 0;
        using var scan = Open(prefix, after);
        while (rows.Count < PageRows && octets < PageOctets && scan.Next())
        {
            octets += scan.Value.Length;
            rows.Add(Row(Encoding.UTF8.GetString(scan.Key), scan.Value));
        }

        return rows;
    }

    private long Count(string prefix, CancellationToken cancellationToken)
    {
        var count = 0L;
        using var scan = Open(prefix, null);
        while (scan.Next())
        {
            if (++count % CountStride == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        return count;
    }

    private BoundedScan Open(string prefix, string? after)
    {
        var lower = Encoding.UTF8.GetBytes(prefix);
        var upper = End(lower);
        if (after is not null)
        {
            // The first key after it is the same one with a zero octet.
            var start = Encoding.UTF8.GetBytes(after + '\0');
            lower = start.AsSpan().SequenceCompareTo(lower) > 0 ? start : lower;
            if (upper.Length > 0 && lower.AsSpan().SequenceCompareTo(upper) > 0)
            {
                lower = upper;
            }
        }

        return new BoundedScan(database, database.Topology, lower, upper);
    }

    /// <summary>Where the keys with this prefix end; empty when nothing follows them. 0xFF does not occur in UTF-8.</summary>
    private static byte[] End(byte[] prefix)
    {
        if (prefix.Length == 0)
        {
            return [];
        }

        var end = prefix.AsSpan().ToArray();
        end[^1]++;
        return end;
    }

    private static TopologyRow Row(string key, ReadOnlySpan<byte> value) =>
        new(key, value[TopologyChanges.VersionOctets..].ToArray(), BinaryPrimitives.ReadInt64LittleEndian(value));
}
