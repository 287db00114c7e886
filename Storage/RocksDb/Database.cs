using System.Buffers.Binary;
using System.Globalization;
using OrleansBroker.Storage.RocksDb.Logs;
using RocksDbSharp;
using Engine = RocksDbSharp.RocksDb;

namespace OrleansBroker.Storage.RocksDb;

/// <summary>Where write batches go: the database, or a test's eye before it.</summary>
internal interface IBatchLog
{
    /// <summary>Writes the batch as a whole; with <paramref name="sync"/> it returns after the disk has it.</summary>
    void Write(WriteBatch batch, bool sync);
}

/// <summary>The open database with its column families, and the record of its boots.</summary>
internal sealed unsafe class Database : IBatchLog, IDisposable
{
    private static readonly string[] Kept =
    [
        DatabaseTuning.Messages, DatabaseTuning.Marks, DatabaseTuning.Expiring,
        DatabaseTuning.Queues, DatabaseTuning.Topology, DatabaseTuning.Sequences,
    ];

    private readonly Engine _engine;
    private readonly WriteOptions _synced = new WriteOptions().SetSync(true);
    private readonly WriteOptions _unsynced = new();
    private readonly nint _reading = Native.Instance.rocksdb_readoptions_create();

    private Database(Engine engine)
    {
        _engine = engine;
        Messages = engine.GetColumnFamily(DatabaseTuning.Messages);
        Transient = engine.GetColumnFamily(DatabaseTuning.Transient);
        Marks = engine.GetColumnFamily(DatabaseTuning.Marks);
        Expiring = engine.GetColumnFamily(DatabaseTuning.Expiring);
        Queues = engine.GetColumnFamily(DatabaseTuning.Queues);
        Topology = engine.GetColumnFamily(DatabaseTuning.Topology);
        Sequences = engine.GetColumnFamily(DatabaseTuning.Sequences);
    }

    public nint Handle => _engine.Handle;

    /// <summary>Durable messages.</summary>
    public ColumnFamilyHandle Messages { get; }

    /// <summary>Transient messages, dropped as a whole after a crash.</summary>
    public ColumnFamilyHandle Transient { get; private set; }

    /// <summary>Delivery counts of messages that returned to their place; being there means redelivered.</summary>
    public ColumnFamilyHandle Marks { get; }

    /// <summary>Messages by the time at which they expire. May name some that are gone.</summary>
    public ColumnFamilyHandle Expiring { get; }

    /// <summary>Epochs and states.</summary>
    public ColumnFamilyHandle Queues { get; }

    /// <summary>Definitions.</summary>
    public ColumnFamilyHandle Topology { get; }

    /// <summary>The next number of each sequence.</summary>
    public ColumnFamilyHandle Sequences { get; }

    /// <summary>How often the database was opened.</summary>
    public long Boot { get; private set; }

    /// <summary>The boot that last dropped the transient messages: rows of earlier boots count some that are gone.</summary>
    public long TransientSince { get; private set; }

    /// <exception cref="StoreException">It is damaged, or cannot be read or written.</exception>
    public static Database Open(string path, RocksDbOptions options)
    {
        try
        {
            var tuning = new DatabaseTuning(options);
            CheckLogs(path, tuning);
            var database = new Database(Engine.Open(tuning.Database(), path, tuning.Families()));
            try
            {
                database.Verify(options.VerifyAtOpenBytes);
                database.Begin(tuning);
                return database;
            }
            catch
            {
                database.Dispose();
                throw;
            }
        }
        catch (Exception exception) when (exception is RocksDbException or InvalidDataException)
        {
            throw new StoreException(
                $"The database in '{path}' cannot be opened; nothing in it was changed or cut. {exception.Message}", exception);
        }
    }

    /// <summary>The value under the key.</summary>
    public PinnedValue Get(ColumnFamilyHandle family, ReadOnlySpan<byte> key)
    {
        fixed (byte* start = key)
        {
            return new PinnedValue(Native.Instance.rocksdb_get_pinned_cf(Handle, _reading, family.Handle, start, (nuint)key.Length));
        }
    }

    public void Write(WriteBatch batch, bool sync) => _engine.Write(batch, sync ? _synced : _unsynced);

    public nint CreateSnapshot() => Native.Instance.rocksdb_create_snapshot(Handle);

    public void Release(nint snapshot) => Native.Instance.rocksdb_release_snapshot(Handle, snapshot);

    /// <summary>Writes the memtables out, so that the next opening has nothing to replay, and notes that the end was clean.</summary>
    public void End()
    {
        var options = Native.Instance.rocksdb_flushoptions_create();
        try
        {
            Native.Instance.rocksdb_flushoptions_set_wait(options, 1);
            foreach (var name in Kept.Append(DatabaseTuning.Transient))
            {
                Native.Instance.rocksdb_flush_cf(Handle, options, _engine.GetColumnFamily(name).Handle);
            }
        }
        finally
        {
            Native.Instance.rocksdb_flushoptions_destroy(options);
        }

        WriteBoot(clean: true);
    }

    public void Dispose()
    {
        Native.Instance.rocksdb_readoptions_destroy(_reading);
        _engine.Dispose();
    }

    /// <summary>Refuses to open where RocksDB would drop more than a torn tail. Opening to read changes nothing.</summary>
    private static void CheckLogs(string path, DatabaseTuning tuning)
    {
        var logs = LogScan.Run(path);
        if (!logs.HasHole)
        {
            return;
        }

        using var trial = Engine.OpenReadOnly(tuning.Database(), path, tuning.Families(), false);
        if (trial.GetLatestSequenceNumber() < logs.Durable)
        {
            throw new InvalidDataException(
                $"The write-ahead log is damaged: it reaches to {logs.Durable}, but is readable only to {trial.GetLatestSequenceNumber()}.");
        }
    }

    private void Verify(long limit)
    {
        var size = 0L;
        foreach (var name in Kept)
        {
            var property = _engine.GetProperty("rocksdb.total-sst-files-size", _engine.GetColumnFamily(name));
            size += long.Parse(property, CultureInfo.InvariantCulture);
        }

        if (size <= limit)
        {
            Native.Instance.rocksdb_verify_checksum(Handle);
        }
    }

    /// <summary>
    /// Starts a new boot. The mark of the last clean end goes before anything else is written, and only after the transient messages
    /// of an unclean one are gone: whatever interrupts this, the next opening does it again.
    /// </summary>
    private void Begin(DatabaseTuning tuning)
    {
        var clean = ReadBoot();
        Boot++;
        if (!clean)
        {
            _engine.DropColumnFamily(DatabaseTuning.Transient);
            Transient = _engine.CreateColumnFamily(tuning.MessageFamily(), DatabaseTuning.Transient);
            TransientSince = Boot;
        }

        WriteBoot(clean: false);
    }

    private bool ReadBoot()
    {
        using var value = Get(_engine.GetDefaultColumnFamily(), "boot"u8);
        if (!value.Exists)
        {
            return true;
        }

        var row = value.Span;
        if (row.Length != 18 || row[0] != 1)
        {
            throw new InvalidDataException("It was written by a version of the broker that this one does not know.");
        }

        Boot = BinaryPrimitives.ReadInt64LittleEndian(row[1..]);
        TransientSince = BinaryPrimitives.ReadInt64LittleEndian(row[9..]);
        return row[17] != 0;
    }

    private void WriteBoot(bool clean)
    {
        Span<byte> row = stackalloc byte[18];
        row[0] = 1;
        BinaryPrimitives.WriteInt64LittleEndian(row[1..], Boot);
        BinaryPrimitives.WriteInt64LittleEndian(row[9..], TransientSince);
        row[17] = (byte)(clean ? 1 : 0);
        _engine.Put("boot"u8, row, _engine.GetDefaultColumnFamily(), _synced);
    }
}
