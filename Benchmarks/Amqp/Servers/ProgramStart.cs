using System.Diagnostics;

namespace OrleansBroker.Benchmarks.Amqp.Servers;

/// <summary>How this program starts itself, for a process that runs another of its commands.</summary>
internal static class ProgramStart
{
    public static ProcessStartInfo Of(params IEnumerable<string> arguments)
    {
        var program = Environment.ProcessPath!;
        // Either the program itself or "dotnet" with the program as its argument.
        string[] first = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(ProgramStart).Assembly.Location] : [];
        return new ProcessStartInfo(program, [.. first, .. arguments]);
    }
}
