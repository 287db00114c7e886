using System.Buffers.Binary;
using System.Globalization;

namespace OrleansBroker.Storage.RocksDb.Logs;

/// <summary>
/// Reads the write-ahead logs before RocksDB does and tells how much of them must come back. RocksDB recycles its logs, as writing
/// over an old log is much cheaper to sync than growing a new one; but then its recovery stops at the first record that is not
/// whole and drops all that follows, be it a torn tail or damage in the middle. The difference: behind a torn tail stands nothing
/// that was synced. Every synced batch ends with a mark, and one thread writes, so a marked batch with any batch behind it had
/// reached the disk, with all before it. If RocksDB recovers less than that, it must not be let.
/// <para>
/// The format is that of RocksDB's log_format.h, recyclable records: blocks of 32 KiB; in a block records of CRC (4), length (2),
/// type (1), log number (4) and data; a batch is one record or a first, middle and last one.
/// </para>
/// </summary>
internal sealed class LogScan
{
    private const int BlockSize = 32 << 10;
    private const int Header = 11;
    private const byte Full = 5;
    private const byte First = 6;
    private const byte Middle = 7;
    private const byte Last = 8;

    private readonly BatchEnds _batch = new();
    private ulong _next;
    private ulong _lastSynced;

    /// <summary>The last sequence number that had certainly reached the disk.</summary>
    public ulong Durable { get; private set; }

    /// <summary>
    /// Something is missing between two batches: only then RocksDB may recover less than <see cref="Durable"/>. Between two logs that
    /// may be as it should: an old log is kept to be written over, and a later one was flushed and deleted.
    /// </summary>
    public bool HasHole { get; private set; }

    /// <summary>Reads the logs of a database that is closed.</summary>
    public static LogScan Run(string folder)
    {
        var scan = new LogScan();
        if (Directory.Exists(folder))
        {
            var logs = Directory.GetFiles(folder, "*.log")
                .Select(file => (File: file, Number: ulong.Parse(Path.GetFileNameWithoutExtension(file), CultureInfo.InvariantCulture)))
                .OrderBy(log => log.Number);
            foreach (var (file, number) in logs)
            {
                scan.Read(file, (uint)number);
            }
        }

        return scan;
    }

    private void Read(string file, uint number)
    {
        using var handle = File.OpenHandle(file);
        var block = new byte[BlockSize];
        var lost = false;
        _batch.Clear();
        for (var at = 0L; ; at += BlockSize)
        {
            var length = RandomAccess.Read(handle, block, at);
            if (length < Header)
            {
                return;
            }

            ReadBlock(block.AsSpan(0, length), number, ref lost);
        }
    }

    private void ReadBlock(ReadOnlySpan<byte> block, uint number, ref bool lost)
    {
        while (block.Length >= Header)
        {
            if (!IsWhole(block, number, out var type, out var length))
            {
                // The end, or damage: whatever whole record of this log is found behind it decides which.
                lost = true;
                _batch.Clear();
                block = block[1..];
                continue;
            }

            HasHole |= lost;
            lost = false;
            if (_batch.Add(type is Full or First, type is Full or Last, block.Slice(Header, length)))
            {
                Found(_batch.Sequence, _batch.Count, _batch.IsSynced);
            }

            block = block[(Header + length)..];
        }
    }

    private void Found(ulong sequence, uint count, bool synced)
    {
        HasHole |= _next != 0 && sequence != _next;
        if (_lastSynced != 0 && sequence > _lastSynced)
        {
            Durable = Math.Max(Durable, _lastSynced);
        }

        _next = sequence + count;
        if (synced)
        {
            _lastSynced = _next - 1;
        }
    }

    private static bool IsWhole(ReadOnlySpan<byte> block, uint number, out byte type, out int length)
    {
        type = block[6];
        length = BinaryPrimitives.ReadUInt16LittleEndian(block[4..]);
        return type is Full or First or Middle or Last
            && BinaryPrimitives.ReadUInt32LittleEndian(block[7..]) == number
            && Header + length <= block.Length
            && BinaryPrimitives.ReadUInt32LittleEndian(block) == Checksum.Masked(block.Slice(6, Header - 6 + length));
    }
}
