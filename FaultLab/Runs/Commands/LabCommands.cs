using System.CommandLine;
using OrleansBroker.FaultLab.Cluster;
using OrleansBroker.FaultLab.Defects;
using OrleansBroker.FaultLab.History;
using OrleansBroker.FaultLab.Judging;

namespace OrleansBroker.FaultLab.Runs.Commands;

/// <summary>The command line.</summary>
internal static class LabCommands
{
    // Ctrl-c ends a run, and what it started has to be taken away.
    private static readonly TimeSpan EndingTime = TimeSpan.FromMinutes(2);

    /// <summary>Runs one command line and returns the exit code: 0 where all was clean, 1 where it was not, 2 where the lab could not say.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TextWriter output, TextWriter errors)
    {
        var root = new RootCommand("Real silos under faults, and a judge of what became of every message.")
        {
            Run(output),
            Campaign(output),
            JudgeAgain(output),
            Defects(output),
        };
        var configuration = new InvocationConfiguration
        {
            Output = output,
            Error = errors,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = EndingTime,
        };
        try
        {
            return await root.Parse(arguments).InvokeAsync(configuration);
        }
        catch (OperationCanceledException)
        {
            await errors.WriteLineAsync("Interrupted.");
            return ExitCodes.Unknown;
        }
        catch (LabException failure)
        {
            await errors.WriteLineAsync(failure.Message);
            return ExitCodes.Unknown;
        }
    }

    private static Command Run(TextWriter output)
    {
        var command = new Command("run", "One run: one fault, or a mix, from one seed.");
        var options = new RunOptions(command);
        var fault = new Option<string>("--fault") { Description = "The fault, or mix for all that fit.", Required = true };
        var seed = new Option<int>("--seed") { Description = "Where the schedule and the load are drawn from.", DefaultValueFactory = _ => 1 };
        var topology = new Option<Topology?>("--topology") { Description = "Where. Default: the first that the fault fits." };
        var result = new Option<FileInfo?>("--result") { Description = "A file that the result is written to as JSON." };
        command.Add(fault);
        command.Add(seed);
        command.Add(topology);
        command.Add(result);
        command.SetAction(async (line, cancellationToken) =>
        {
            var plan = options.Plan(line, line.GetValue(fault)!, line.GetValue(topology), line.GetValue(seed));
            var outcome = await LabRun.RunAsync(plan, output, cancellationToken);
            await outcome.WriteAsync(output);
            if (line.GetValue(result) is { } file)
            {
                await File.WriteAllTextAsync(file.FullName, outcome.ToJson(), CancellationToken.None);
            }

            return outcome.IsClean ? ExitCodes.Clean : ExitCodes.Violated;
        });
        return command;
    }

    private static Command Campaign(TextWriter output)
    {
        var command = new Command("campaign", "Many runs, and a table of them.");
        var options = new RunOptions(command);
        var faults = new Option<string>("--faults")
        {
            Description = "Names parted by commas, each with @cluster or @single where that matters; or all.",
            DefaultValueFactory = _ => "all",
        };
        var seeds = new Option<int>("--seeds") { Description = "How many seeds of each fault.", DefaultValueFactory = _ => 5 };
        var first = new Option<int>("--first-seed") { Description = "The first of them.", DefaultValueFactory = _ => 1 };
        var parallel = new Option<int>("--parallel") { Description = "Runs at a time.", DefaultValueFactory = _ => 1 };
        var report = new Option<FileInfo?>("--report") { Description = "A file that the table is written to, in Markdown." };
        Positive(seeds);
        Positive(parallel);
        command.Add(faults);
        command.Add(seeds);
        command.Add(first);
        command.Add(parallel);
        command.Add(report);
        command.SetAction(async (line, cancellationToken) =>
        {
            var targets = LabCampaign.Targets(line.GetValue(faults)!, line.GetValue(options.Loopback));
            var plans = targets.SelectMany(target => Enumerable.Range(line.GetValue(first), line.GetValue(seeds))
                .Select(seed => options.Plan(line, target.Fault, target.Topology, seed))).ToList();
            var campaign = new LabCampaign(plans, line.GetValue(parallel), line.GetValue(report)?.FullName, output);
            return await campaign.RunAsync(cancellationToken) ? ExitCodes.Clean : ExitCodes.Violated;
        });
        return command;
    }

    private static Command JudgeAgain(TextWriter output)
    {
        var command = new Command("judge", "Judges the history of a run once more.");
        var history = new Argument<FileInfo>("history") { Description = "A history.jsonl that a run left behind." }.AcceptExistingOnly();
        command.Add(history);
        command.SetAction(async (line, _) =>
        {
            var verdict = Judge.Decide(HistoryReader.Read(line.GetValue(history)!.FullName));
            var counts = RunResult.Counts(verdict.Confirmed, verdict.Delivered, verdict.Redelivered, verdict.LongestWait);
            await output.WriteLineAsync($"{counts}: {(verdict.IsClean ? "clean" : "violated")}.");
            foreach (var violation in verdict.Violations)
            {
                await output.WriteLineAsync($"  {violation}");
            }

            return verdict.IsClean ? ExitCodes.Clean : ExitCodes.Violated;
        });
        return command;
    }

    private static Command Defects(TextWriter output)
    {
        var command = new Command("defects", "Puts each known defect into a copy of the tree and succeeds when the lab finds all of them.");
        var only = new Option<string[]>("--only") { Description = "Names of defects: the files in FaultLab/Defects without their ending.", AllowMultipleArgumentsPerToken = true };
        var folder = new Option<DirectoryInfo?>("--folder") { Description = "Where the copy goes. Default: a temporary folder that is removed." };
        command.Add(only);
        command.Add(folder);
        command.SetAction(async (line, cancellationToken) =>
            await DefectTrials.RunAsync(line.GetValue(only) ?? [], line.GetValue(folder)?.FullName, output, cancellationToken)
                ? ExitCodes.Clean
                : ExitCodes.Violated);
        return command;
    }

    private static void Positive(Option<int> option) => option.Validators.Add(result =>
    {
        if (result.GetValueOrDefault<int>() < 1)
        {
            result.AddError($"{option.Name} is '{result.GetValueOrDefault<int>()}'; allowed: a whole number from 1.");
        }
    });
}

/// <summary>What the process ends with.</summary>
internal static class ExitCodes
{
    /// <summary>No violation.</summary>
    public const int Clean = 0;

    /// <summary>At least one violation.</summary>
    public const int Violated = 1;

    /// <summary>The lab itself could not go on, or was told wrongly.</summary>
    public const int Unknown = 2;
}
