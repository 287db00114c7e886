using System.Buffers.Binary;

namespace OrleansBroker.Storage.RocksDb.Logs;

/// <summary>
/// What the scan needs of a batch that lies in one or several records: its head, sequence number (8) and count (4), and whether it
/// ends with the mark of a synced one.
/// </summary>
internal sealed class BatchEnds
{
    private const int Head = 12;

    /// <summary>Log data at the end of a synced batch: it is in the log only and applies nothing.</summary>
    public static ReadOnlySpan<byte> SyncMark => "synced\u2713"u8;

    private readonly byte[] _head = new byte[Head];
    private readonly byte[] _tail = new byte[SyncMark.Length];
    private bool _open;
    private int _headLength;

    public ulong Sequence => BinaryPrimitives.ReadUInt64LittleEndian(_head);

    public uint Count => BinaryPrimitives.ReadUInt32LittleEndian(_head.AsSpan(8));

    public bool IsSynced => _tail.AsSpan().SequenceEqual(SyncMark);

    public void Clear() => _open = false;

    /// <summary>Takes the next piece; true when it completes a batch.</summary>
    public bool Add(bool begins, bool ends, ReadOnlySpan<byte> piece)
    {
        if (begins)
        {
            _open = true;
            _headLength = 0;
            _tail.AsSpan().Clear();
        }

        if (!_open)
        {
            return false;
        }

        var head = piece[..Math.Min(piece.Length, Head - _headLength)];
        head.CopyTo(_head.AsSpan(_headLength));
        _headLength += head.Length;
        var tail = piece[^Math.Min(piece.Length, _tail.Length)..];
        _tail.AsSpan(tail.Length).CopyTo(_tail);
        tail.CopyTo(_tail.AsSpan(_tail.Length - tail.Length));
        _open = !ends;
        return ends && _headLength == Head;
    }
}
