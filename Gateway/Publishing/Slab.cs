namespace OrleansBroker.Gateway.Publishing;

/// <summary>
/// Memory that a connection's messages are copied to, many to one array: an array for each message would cost as much as the rest of
/// the way. The array is the messages' alone once it is full, and goes with the last of them.
/// </summary>
internal sealed class Slab
{
    /// <summary>Larger pieces get an array of their own, lest they waste the rest of a slab.</summary>
    public const int LargestPiece = Size / 4;

    // Below the large object heap's threshold: slabs die young.
    private const int Size = 64 * 1024;

    private byte[] _array = [];
    private int _used;

    /// <summary>A piece that nobody else has.</summary>
    public ArraySegment<byte> Take(int length)
    {
        if (_array.Length - _used < length)
        {
            _array = GC.AllocateUninitializedArray<byte>(Size);
            _used = 0;
        }

        var piece = new ArraySegment<byte>(_array, _used, length);
        _used += length;
        return piece;
    }

    /// <summary>Lets the array go: an idle connection holds none.</summary>
    public void Release()
    {
        _array = [];
        _used = 0;
    }
}
