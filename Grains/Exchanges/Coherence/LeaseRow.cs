using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Topology.Rows;

namespace OrleansBroker.Grains.Exchanges.Coherence;

/// <summary>A silo's lease as it stands in the store.</summary>
internal readonly struct LeaseRow
{
    private const byte Format = 1;

    /// <summary>For how long after a renewal was sent the silo may route. In the row, so that silos need not be configured alike.</summary>
    public TimeSpan Duration { get; private init; }

    /// <summary>Set when somebody took the lease away: drawn at random then, so that one revocation is not taken for another.</summary>
    public Guid Revocation { get; private init; }

    public bool IsRevoked => Revocation != Guid.Empty;

    public static LeaseRow Live(TimeSpan duration) => new() { Duration = duration };

    public static LeaseRow Parse(TopologyRow row)
    {
        var reader = new RowReader(row.Value, Format);
        return new LeaseRow { Duration = TimeSpan.FromMilliseconds(reader.Long()), Revocation = reader.Guid() };
    }

    public LeaseRow Revoke() => this with { Revocation = Guid.NewGuid() };

    public byte[] Encode()
    {
        var writer = new RowWriter(Format);
        writer.Long((long)Duration.TotalMilliseconds);
        writer.Guid(Revocation);
        return writer.ToArray();
    }
}
