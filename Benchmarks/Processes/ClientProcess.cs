using System.Diagnostics;
using System.Globalization;

namespace OrleansBroker.Benchmarks.Processes;

/// <summary>This program again, in a process of its own, as a client. It prints numbers, the last of which counts.</summary>
internal sealed class ClientProcess : IDisposable
{
    private readonly Process _process;
    private long _last;

    private ClientProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) =>
        {
            if (long.TryParse(line.Data, CultureInfo.InvariantCulture, out var number))
            {
                Volatile.Write(ref _last, number);
            }
            else if (line.Data is not null)
            {
                Console.Error.WriteLine(line.Data);
            }
        };
        process.BeginOutputReadLine();
    }

    public long LastNumber => Volatile.Read(ref _last);

    public static ClientProcess Start(IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(typeof(ClientProcess).Assembly.Location);
        }

        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return new ClientProcess(Process.Start(start)!);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(20)))
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
