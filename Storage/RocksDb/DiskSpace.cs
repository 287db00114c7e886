namespace OrleansBroker.Storage.RocksDb;

/// <summary>How much of a disk is free.</summary>
internal interface IDiskSpace
{
    /// <summary>Octets that this process may still write in the folder's file system.</summary>
    long Free(string folder);
}

/// <inheritdoc/>
internal sealed class DiskSpace : IDiskSpace
{
    public long Free(string folder) => new DriveInfo(folder).AvailableFreeSpace;
}

/// <summary>
/// Tells the writer whether the disk still takes messages. Asks the system at most once a second or every 16 MiB written, whichever
/// comes first: often enough that what is written in between is a small part of the reserve.
/// </summary>
internal sealed class DiskReserve(IDiskSpace disk, string folder, long minimum, TimeProvider time)
{
    private const long CheckOctets = 16L << 20;
    private static readonly TimeSpan CheckAge = TimeSpan.FromSeconds(1);

    private long _checkedAt;
    private long _written = CheckOctets;

    /// <summary>Free octets when last asked.</summary>
    public long Free { get; private set; }

    public bool IsShort { get; private set; }

    /// <summary>Counts what was written.</summary>
    public void Wrote(long octets) => _written += octets;

    public void Check()
    {
        if (minimum == 0 || (_written < CheckOctets && time.GetElapsedTime(_checkedAt) < CheckAge))
        {
            return;
        }

        Free = disk.Free(folder);
        IsShort = Free < minimum;
        _written = 0;
        _checkedAt = time.GetTimestamp();
    }
}
