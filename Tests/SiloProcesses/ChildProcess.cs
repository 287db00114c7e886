using System.Diagnostics;
using System.Text;
using OrleansBroker.Tests.Architecture;

namespace OrleansBroker.Tests.SiloProcesses;

/// <summary>A program of this repository that runs in a process of its own, with its output at hand.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();
    private readonly List<(string Text, TaskCompletionSource Seen)> _awaited = [];

    private ChildProcess(ProcessStartInfo start)
    {
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Received(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Received(_errors, line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>What it wrote to the console.</summary>
    public string Output => Text(_output);

    /// <summary>What it wrote to the error stream.</summary>
    public string Errors => Text(_errors);

    /// <summary>The processor time that it has used.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Its console's input.</summary>
    public StreamWriter Input => _process.StandardInput;

    /// <summary>Starts the program that was built with the tests.</summary>
    /// <param name="project">The project's folder from the root.</param>
    /// <param name="folder">The working directory.</param>
    /// <param name="arguments">The command line.</param>
    public static ChildProcess Start(string project, string folder, params IEnumerable<string> arguments) =>
        Start(project, folder, new Dictionary<string, string>(), arguments);

    /// <summary>Starts the program with variables besides those of the tests.</summary>
    public static ChildProcess Start(
        string project, string folder, IReadOnlyDictionary<string, string> environment, IEnumerable<string> arguments)
    {
        // Tests/bin/<configuration>/<framework>: the programs beside it are of the same build.
        var tests = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var program = Path.Combine(
            Repository.Root, project, "bin", tests.Parent!.Name, tests.Name, $"OrleansBroker.{Path.GetFileName(project)}.dll");
        var start = new ProcessStartInfo("dotnet", [program, .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new ChildProcess(start);
    }

    /// <summary>Waits until a line contains the text; fails when the process ends without it.</summary>
    public async Task WaitForLineAsync(string text)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_awaited)
        {
            _awaited.Add((text, seen));
        }

        if (Output.Contains(text, StringComparison.Ordinal))
        {
            return;
        }

        var ended = _process.WaitForExitAsync();
        if (await Task.WhenAny(seen.Task, ended).WaitAsync(Patience) == ended && !Output.Contains(text, StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"The process ended with {_process.ExitCode} before it said '{text}'.\n{Output}\n{Errors}");
        }
    }

    /// <summary>Waits for the end and returns the exit code.</summary>
    public async Task<int> WaitForExitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
    }

    /// <summary>kill -9: nothing of the process runs after this.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, and the exit code of the stop that it asks for.</summary>
    public async Task<int> TerminateAsync()
    {
        await SignalAsync("TERM");
        return await WaitForExitAsync();
    }

    /// <summary>Sends a signal by its name.</summary>
    public async Task SignalAsync(string name)
    {
        using var signal = Process.Start("kill", [$"-{name}", $"{_process.Id}"]);
        await signal.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    private static string Text(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }

    private void Received(StringBuilder text, string? line)
    {
        lock (text)
        {
            text.AppendLine(line);
        }

        lock (_awaited)
        {
            foreach (var (awaited, seen) in _awaited)
            {
                if (line?.Contains(awaited, StringComparison.Ordinal) == true)
                {
                    seen.TrySetResult();
                }
            }
        }
    }
}
