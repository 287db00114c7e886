using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Routing.Sets;

/// <summary>
/// Distinct destinations in the order they were added. It is used again for message after message and allocates only when it
/// grows: few destinations are compared one by one, many by a hash index whose slots carry the number of the use they belong to,
/// so that starting anew clears nothing.
/// </summary>
internal sealed class DestinationSet
{
    private const int ComparedOneByOne = 8;

    private Destination[] _items = new Destination[ComparedOneByOne];
    private int[] _hashes = new int[ComparedOneByOne];
    private (uint Use, int Item)[] _index = [];
    private uint _use = 1;

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>The destinations; valid until the next change.</summary>
    public ReadOnlySpan<Destination> Items => _items.AsSpan(0, Count);

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        Count = 0;
        if (++_use == 0)
        {
            Array.Clear(_index);
            _use = 1;
        }
    }

    /// <summary>Adds the destination; false where it is in the set already.</summary>
    public bool Add(in Destination destination, int hash)
    {
        if (Count < ComparedOneByOne)
        {
            for (var i = 0; i < Count; i++)
            {
                if (_hashes[i] == hash && BoundDestination.IsSame(_items[i], destination))
                {
                    return false;
                }
            }

            Append(destination, hash);
            return true;
        }

        return AddIndexed(destination, hash);
    }

    private bool AddIndexed(in Destination destination, int hash)
    {
        if (Count == ComparedOneByOne || Count * 2 >= _index.Length)
        {
            BuildIndex();
        }

        var mask = _index.Length - 1;
        var slot = hash & mask;
        while (_index[slot].Use == _use)
        {
            var item = _index[slot].Item;
            if (_hashes[item] == hash && BoundDestination.IsSame(_items[item], destination))
            {
                return false;
            }

            slot = (slot + 1) & mask;
        }

        _index[slot] = (_use, Count);
        Append(destination, hash);
        return true;
    }

    private void BuildIndex()
    {
        if (Count * 2 >= _index.Length)
        {
            _index = new (uint, int)[Math.Max(64, _index.Length * 2)];
        }

        var mask = _index.Length - 1;
        for (var i = 0; i < Count; i++)
        {
            var slot = _hashes[i] & mask;
            while (_index[slot].Use == _use && _index[slot].Item != i)
            {
                slot = (slot + 1) & mask;
            }

            _index[slot] = (_use, i);
        }
    }

    private void Append(in Destination destination, int hash)
    {
        if (Count == _items.Length)
        {
            Array.Resize(ref _items, Count * 2);
            Array.Resize(ref _hashes, Count * 2);
        }

        _items[Count] = destination;
        _hashes[Count] = hash;
        Count++;
    }
}
