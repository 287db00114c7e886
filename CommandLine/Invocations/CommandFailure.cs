namespace OrleansBroker.CommandLine.Invocations;

/// <summary>A command that ends without what it was asked for; the message is what the user reads.</summary>
internal sealed class CommandFailure(string message, int exitCode = ExitCodes.Failed) : Exception(message)
{
    public int ExitCode { get; } = exitCode;

    /// <summary>The command was not written as it has to be.</summary>
    public static CommandFailure Usage(string message) => new(message, ExitCodes.Usage);
}

/// <summary>What the process returns.</summary>
internal static class ExitCodes
{
    public const int Done = 0;

    /// <summary>The broker refused, could not be reached, or did only a part.</summary>
    public const int Failed = 1;

    /// <summary>The command line is wrong; the broker was not asked.</summary>
    public const int Usage = 2;
}
