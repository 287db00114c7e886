using System.Runtime.InteropServices;
using RocksDbSharp;

namespace OrleansBroker.Storage.RocksDb.Reading;

/// <summary>
/// Walks the keys of a column family from one bound to another (exclusive). RocksDB stops at the bounds, and so never crosses the
/// tombstones beyond them. RocksDB keeps pointers to the bounds and to the options: they live in native memory until the iterator
/// is gone. Spans are valid until the next step.
/// </summary>
internal sealed unsafe class BoundedScan : IDisposable
{
    private readonly byte* _bounds;
    private readonly nuint _lowerLength;
    private readonly nint _options;
    private readonly nint _iterator;
    private bool _started;
    private bool _disposed;

    public BoundedScan(Database database, ColumnFamilyHandle family, ReadOnlySpan<byte> lower, ReadOnlySpan<byte> upper, nint snapshot = 0)
    {
        _lowerLength = (nuint)lower.Length;
        _bounds = (byte*)NativeMemory.Alloc((nuint)(lower.Length + upper.Length));
        lower.CopyTo(new Span<byte>(_bounds, lower.Length));
        upper.CopyTo(new Span<byte>(_bounds + lower.Length, upper.Length));
        var native = Native.Instance;
        _options = native.rocksdb_readoptions_create();
        native.rocksdb_readoptions_set_iterate_lower_bound(_options, _bounds, _lowerLength);
        if (!upper.IsEmpty)
        {
            native.rocksdb_readoptions_set_iterate_upper_bound(_options, _bounds + lower.Length, (nuint)upper.Length);
        }

        if (snapshot != 0)
        {
            native.rocksdb_readoptions_set_snapshot(_options, snapshot);
        }

        _iterator = native.rocksdb_create_iterator_cf(database.Handle, _options, family.Handle);
    }

    public ReadOnlySpan<byte> Key
    {
        get
        {
            var start = Native.Instance.rocksdb_iter_key(_iterator, out nuint length);
            return new ReadOnlySpan<byte>((void*)start, (int)length);
        }
    }

    public ReadOnlySpan<byte> Value
    {
        get
        {
            var start = Native.Instance.rocksdb_iter_value(_iterator, out nuint length);
            return new ReadOnlySpan<byte>((void*)start, (int)length);
        }
    }

    /// <summary>Goes to the first key, then to the next; false at the end.</summary>
    /// <exception cref="RocksDbException">A block could not be read, or is damaged.</exception>
    public bool Next()
    {
        var native = Native.Instance;
        if (_started)
        {
            native.rocksdb_iter_next(_iterator);
        }
        else
        {
            native.rocksdb_iter_seek(_iterator, _bounds, _lowerLength);
            _started = true;
        }

        if (native.rocksdb_iter_valid(_iterator) != 0)
        {
            return true;
        }

        // An iterator that met damage is at its end, too.
        native.rocksdb_iter_get_error(_iterator);
        return false;
    }

    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            Native.Instance.rocksdb_iter_destroy(_iterator);
            Native.Instance.rocksdb_readoptions_destroy(_options);
            NativeMemory.Free(_bounds);
        }
    }
}
