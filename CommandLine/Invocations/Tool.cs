using System.CommandLine;
using System.CommandLine.Invocation;
using OrleansBroker.CommandLine.Commands;
using OrleansBroker.CommandLine.Output;

namespace OrleansBroker.CommandLine.Invocations;

/// <summary>The command line as a whole.</summary>
internal static class Tool
{
    // A perf run and a move end what they have begun when they are interrupted.
    private static readonly TimeSpan EndingTime = TimeSpan.FromSeconds(30);

    /// <summary>Runs one command line and returns the exit code.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, Terminal terminal, CancellationToken cancellationToken = default)
    {
        var line = CommandTree.Build(terminal).Parse(arguments);
        var configuration = new InvocationConfiguration
        {
            Output = terminal.Out,
            Error = terminal.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = EndingTime,
        };
        var refused = line.Action is ParseErrorAction;
        if (line.Action is ParseErrorAction errors)
        {
            // A page of help would hide the sentence that says what is wrong.
            errors.ShowHelp = line.CommandResult.Command.Subcommands.Count > 0 && line.UnmatchedTokens.Count == 0;
        }

        var code = await line.InvokeAsync(configuration, cancellationToken);
        return refused ? ExitCodes.Usage : code;
    }

    /// <summary>Runs a command's body and turns what was to be expected into a line and an exit code.</summary>
    public static async Task<int> RunAsync(
        CommandBody body, ParseResult line, GlobalOptions globals, Terminal terminal, CancellationToken cancellationToken)
    {
        Invocation? invocation = null;
        try
        {
            invocation = new Invocation(line, globals, terminal);
            await body(invocation, cancellationToken);
            return ExitCodes.Done;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await terminal.Error.WriteLineAsync("Interrupted.");
            return ExitCodes.Failed;
        }
        catch (Exception exception) when (ExpectedFailures.Describe(exception, invocation?.KnownTarget) is { } message)
        {
            await terminal.Error.WriteLineAsync(PlainText.OneLine(message));
            return exception is CommandFailure failure ? failure.ExitCode : ExitCodes.Failed;
        }
        finally
        {
            if (invocation is not null)
            {
                await invocation.DisposeAsync();
            }
        }
    }
}
