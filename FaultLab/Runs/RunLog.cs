namespace OrleansBroker.FaultLab.Runs;

/// <summary>What a run says while it goes on: with the time since its start, to the console and to a file beside its history.</summary>
internal sealed class RunLog : IDisposable
{
    private readonly Lock _lock = new();
    private readonly string _name;
    private readonly TimeProvider _time;
    private readonly long _begun;
    private readonly TextWriter _console;
    private readonly StreamWriter _file;

    public RunLog(string name, string path, TextWriter console, TimeProvider time)
    {
        _name = name;
        _time = time;
        _begun = time.GetTimestamp();
        _console = console;
        _file = new StreamWriter(path) { AutoFlush = true };
    }

    /// <summary>Writes a line.</summary>
    public void Write(string text)
    {
        lock (_lock)
        {
            var line = $"{_name} {_time.GetElapsedTime(_begun).TotalSeconds,6:F1} s  {text}";
            _console.WriteLine(line);
            _file.WriteLine(line);
        }
    }

    public void Dispose() => _file.Dispose();
}
