using System.Diagnostics;

namespace OrleansBroker.FaultLab.Cluster;

/// <summary>Programs of the system, run to their end.</summary>
internal static class HostCommand
{
    /// <summary>Runs a program that is to succeed.</summary>
    /// <exception cref="LabException">It did not; with what it said.</exception>
    public static async Task<string> RunAsync(string program, params IEnumerable<string> arguments)
    {
        var line = arguments.ToList();
        var (code, output) = await TryAsync(program, line);
        return code == 0 ? output : throw new LabException($"{program} {string.Join(' ', line)} ended with {code}: {output}");
    }

    /// <summary>Runs a program that may fail, and returns its exit code and what it said.</summary>
    public static async Task<(int Code, string Output)> TryAsync(string program, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        using var process = Process.Start(start) ?? throw new LabException($"{program} could not be started.");
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, (await output + await errors).Trim());
    }

    /// <summary>Runs a program whose children outlive it: what they say goes to a file, as a pipe would stay open.</summary>
    public static async Task<int> RunDetachedAsync(string log, params IEnumerable<string> line)
    {
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", [.. LoggedTo(log), .. line]) { WorkingDirectory = "/" })
            ?? throw new LabException("/bin/sh could not be started.");
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    /// <summary>Arguments of a shell that becomes the program behind them, under the same process id and with its output in a file.</summary>
    public static IEnumerable<string> LoggedTo(string log) => ["-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1", "sh", log];

    /// <summary>Whether all threads of a process are stopped, by proc(5).</summary>
    public static bool StandsStill(int process)
    {
        try
        {
            // The state stands behind the name, which may hold anything.
            return Directory.EnumerateDirectories($"/proc/{process}/task").All(static thread =>
                File.ReadAllText(Path.Combine(thread, "stat")) is var stat && stat[stat.LastIndexOf(')') + 2] == 'T');
        }
        catch (IOException)
        {
            // A thread ended under the look.
            return false;
        }
    }

    /// <summary>Sends a signal to one process.</summary>
    public static Task<(int Code, string Output)> SignalAsync(int process, string signal) => TryAsync("kill", $"-{signal}", $"{process}");
}

/// <summary>The lab itself cannot go on, in a sentence.</summary>
internal sealed class LabException(string message) : Exception(message);
