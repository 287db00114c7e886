using RocksDbSharp;

namespace OrleansBroker.Storage.RocksDb;

/// <summary>A value in RocksDB's own memory, until it is disposed.</summary>
internal readonly unsafe ref struct PinnedValue(nint slice)
{
    public bool Exists => slice != 0;

    public ReadOnlySpan<byte> Span
    {
        get
        {
            var start = Native.Instance.rocksdb_pinnableslice_value(slice, out nuint length);
            return new ReadOnlySpan<byte>((void*)start, (int)length);
        }
    }

    public void Dispose()
    {
        if (slice != 0)
        {
            Native.Instance.rocksdb_pinnableslice_destroy(slice);
        }
    }
}
