namespace OrleansBroker.Storage.PostgreSql.Writing;

/// <summary>Rows of one batch, encoded one behind the other into slabs that the next batch uses again.</summary>
internal sealed class RowBuffer
{
    private const int SlabOctets = 1 << 20;

    private readonly List<byte[]> _slabs = [];
    private int _slab;
    private int _used;

    /// <summary>Writes a row of at most so many octets.</summary>
    public ReadOnlyMemory<byte> Add<T>(int maxSize, T value, RowWriter<T> write)
    {
        var slab = Slab(maxSize);
        var length = write(value, slab.AsSpan(_used, maxSize));
        var row = slab.AsMemory(_used, length);
        _used += length;
        return row;
    }

    /// <summary>What was added is overwritten from now on. Slabs that one long row needed are let go.</summary>
    public void Clear()
    {
        _slabs.RemoveAll(static slab => slab.Length > SlabOctets);
        _slab = 0;
        _used = 0;
    }

    private byte[] Slab(int size)
    {
        while (_slab < _slabs.Count && _slabs[_slab].Length - _used < size)
        {
            _slab++;
            _used = 0;
        }

        if (_slab == _slabs.Count)
        {
            _slabs.Add(new byte[Math.Max(SlabOctets, size)]);
        }

        return _slabs[_slab];
    }
}

/// <summary>Writes a value and returns its length.</summary>
internal delegate int RowWriter<in T>(T value, Span<byte> row);
