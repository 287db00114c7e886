namespace OrleansBroker.CommandLine.Invocations;

/// <summary>What a command reads and writes besides the broker.</summary>
internal sealed record Terminal
{
    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    /// <summary>Opens standard input.</summary>
    public required Func<Stream> OpenInput { get; init; }

    /// <summary>The value of an environment variable; null where it is not set.</summary>
    public required Func<string, string?> Environment { get; init; }

    /// <summary>Whether a person reads the output: then it has colours, and borders around tables.</summary>
    public bool OutIsTerminal { get; init; }

    /// <summary>Whether a person reads the error stream: then long work shows its progress there.</summary>
    public bool ErrorIsTerminal { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The process's own.</summary>
    public static Terminal OfProcess() => new()
    {
        Out = Console.Out,
        Error = Console.Error,
        OpenInput = Console.OpenStandardInput,
        Environment = System.Environment.GetEnvironmentVariable,
        OutIsTerminal = !Console.IsOutputRedirected,
        ErrorIsTerminal = !Console.IsErrorRedirected,
    };

    /// <summary>All of standard input, as text.</summary>
    public async Task<string> ReadInputAsync(CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(OpenInput());
        return await reader.ReadToEndAsync(cancellationToken);
    }
}
