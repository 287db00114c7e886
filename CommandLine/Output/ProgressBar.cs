using OrleansBroker.CommandLine.Invocations;
using Spectre.Console;

namespace OrleansBroker.CommandLine.Output;

/// <summary>Shows on the error stream how far a long work is, where a person looks at it.</summary>
internal static class ProgressBar
{
    /// <summary>Runs the work, which reports how much of <paramref name="total"/> is done.</summary>
    public static async Task<T> RunAsync<T>(Invocation invocation, string title, long total, Func<IProgress<long>, Task<T>> work)
    {
        if (!invocation.Report.ShowsProgress)
        {
            return await work(Silent.Instance);
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(invocation.Terminal.Error) });
        return await console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(context =>
            {
                var task = context.AddTask(Markup.Escape(PlainText.OneLine(title)), maxValue: Math.Max(total, 1));
                return work(new Bar(task));
            });
    }

    // Not Progress<T>: what it posts elsewhere could arrive after the end.
    private sealed class Bar(ProgressTask task) : IProgress<long>
    {
        public void Report(long value) => task.Value = value;
    }

    private sealed class Silent : IProgress<long>
    {
        public static Silent Instance { get; } = new();

        public void Report(long value)
        {
            // Nobody looks.
        }
    }
}
