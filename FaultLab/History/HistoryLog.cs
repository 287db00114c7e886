using System.Text.Json;

namespace OrleansBroker.FaultLab.History;

/// <summary>
/// Writes what happens as JSON lines, in the order of its times. Of what was written it keeps counts only.
/// </summary>
public sealed class HistoryLog : IAsyncDisposable
{
    private const int BufferSize = 256 * 1024;
    private const double NanosecondsPerTick = 100;

    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly FileStream _file;
    private readonly Utf8JsonWriter _writer;
    private readonly Lock _gate = new();
    private readonly long[] _counts = new long[Enum.GetValues<HistoryKind>().Length];
    private bool _isClosed;

    /// <summary>A new history in a new file.</summary>
    public HistoryLog(string path, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        Path = path;
        _time = time;
        _start = time.GetTimestamp();
        _file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, BufferSize);
        _writer = new Utf8JsonWriter(_file, new JsonWriterOptions { SkipValidation = true });
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>How long it has been written.</summary>
    public TimeSpan Elapsed => _time.GetElapsedTime(_start);

    /// <summary>How many events of a kind there are.</summary>
    public long Count(HistoryKind kind) => Interlocked.Read(ref _counts[(int)kind]);

    /// <summary>Adds an event now. After the end of the log nothing is added any more.</summary>
    public void Add(HistoryEvent happened)
    {
        ArgumentNullException.ThrowIfNull(happened);
        lock (_gate)
        {
            if (_isClosed)
            {
                return;
            }

            // Stamped under the lock, so that the lines are in the order of their times.
            JsonSerializer.Serialize(_writer, happened with { Time = (long)(Elapsed.Ticks * NanosecondsPerTick) }, HistoryJson.Default.HistoryEvent);
            _writer.Flush();
            _writer.Reset();
            _file.WriteByte((byte)'\n');
            _counts[(int)happened.Kind]++;
        }
    }

    /// <summary>Writes out what is buffered, to be read by others.</summary>
    public void Flush()
    {
        lock (_gate)
        {
            if (!_isClosed)
            {
                _file.Flush();
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return;
            }

            _isClosed = true;
        }

        await _writer.DisposeAsync();
        await _file.DisposeAsync();
    }
}
