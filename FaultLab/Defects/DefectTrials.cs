using System.Text.Json;
using OrleansBroker.FaultLab.Cluster;
using OrleansBroker.FaultLab.Runs;

namespace OrleansBroker.FaultLab.Defects;

/// <summary>
/// The lab's own test: with each known defect put into a copy of the tree, runs have to fail, and with the right kind of violation. A lab
/// that finds none of them would find none of ours.
/// </summary>
internal static class DefectTrials
{
    private const string Folder = "FaultLab/Defects";

    /// <summary>Tries all defects, or those that are named.</summary>
    /// <returns>Whether each was found.</returns>
    public static async Task<bool> RunAsync(IReadOnlyList<string> only, string? folder, TextWriter output, CancellationToken cancellationToken)
    {
        var tree = FindTree();
        var defects = Read(tree);
        if (only.FirstOrDefault(name => defects.All(defect => defect.Name != name)) is { } unknown)
        {
            throw new LabException($"There is no defect '{unknown}'; allowed: {string.Join(", ", defects.Select(defect => defect.Name))}.");
        }

        var copy = folder ?? Directory.CreateTempSubdirectory("orleansbroker-defects-").FullName;
        try
        {
            await CopyAsync(tree, copy);
            var found = 0;
            var chosen = defects.Where(defect => only.Count == 0 || only.Contains(defect.Name)).ToList();
            foreach (var defect in chosen)
            {
                found += await TryAsync(defect, tree, copy, output, cancellationToken) ? 1 : 0;
            }

            await output.WriteLineAsync($"{found} defects found, {chosen.Count - found} missed");
            return found == chosen.Count;
        }
        finally
        {
            if (folder is null)
            {
                Directory.Delete(copy, recursive: true);
            }
        }
    }

    /// <summary>The defects of a tree: patches, and beside each what shows it.</summary>
    public static IReadOnlyList<Defect> Read(string tree) => JsonSerializer.Deserialize<List<Defect>>(
        File.ReadAllText(Path.Combine(tree, Folder, "defects.json")), JsonSerializerOptions.Web)!;

    /// <summary>The path of a defect's patch from the root of the tree.</summary>
    public static string PatchOf(Defect defect) => $"{Folder}/{defect.Name}.patch";

    private static async Task<bool> TryAsync(Defect defect, string tree, string copy, TextWriter output, CancellationToken cancellationToken)
    {
        var patch = Path.Combine(tree, PatchOf(defect));
        await HostCommand.RunAsync("git", "-C", copy, "apply", patch);
        try
        {
            await output.WriteLineAsync($"{defect.Name}: building");
            await HostCommand.RunAsync("dotnet", "build", Path.Combine(copy, "FaultLab"), "-c", "Release", "-v", "quiet", "-p:TreatWarningsAsErrors=false");
            foreach (var run in defect.Runs)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var result = await RunAsync(run, copy);
                var expected = defect.Violations.Where(kind => result.Violations.GetValueOrDefault(kind) > 0).ToList();
                await output.WriteLineAsync($"{defect.Name}: {result.Name}: {result.Verdict}");
                if (expected.Count > 0)
                {
                    await output.WriteLineAsync($"{defect.Name}: found ({string.Join(", ", expected)})");
                    return true;
                }
            }

            await output.WriteLineAsync($"{defect.Name}: MISSED, expected {string.Join(" or ", defect.Violations)}");
            return false;
        }
        finally
        {
            await HostCommand.RunAsync("git", "-C", copy, "apply", "--reverse", patch);
        }
    }

    private static async Task<RunResult> RunAsync(string arguments, string copy)
    {
        var file = Path.Combine(copy, "result.json");
        File.Delete(file);
        var program = Path.Combine(copy, "FaultLab/bin/Release/net10.0/OrleansBroker.FaultLab.dll");
        var (code, said) = await HostCommand.TryAsync("dotnet", [program, "run", "--result", file, "--folder", copy, .. arguments.Split(' ')]);
        return File.Exists(file)
            ? RunResult.Read(await File.ReadAllTextAsync(file))
            : throw new LabException($"The lab ended with {code} and no result: {said}");
    }

    // What git tracks and what it would: no build output, and what is being worked on.
    private static async Task CopyAsync(string tree, string copy)
    {
        var files = await HostCommand.RunAsync("git", "-C", tree, "ls-files", "--cached", "--others", "--exclude-standard");
        foreach (var file in files.Split('\n').Where(file => File.Exists(Path.Combine(tree, file))))
        {
            var target = Path.Combine(copy, file);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(Path.Combine(tree, file), target, overwrite: true);
        }

        // So that patches are applied to it and not to a repository around it.
        await HostCommand.RunAsync("git", "-C", copy, "init", "--quiet");
    }

    private static string FindTree()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "OrleansBroker.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new LabException("The lab does not run inside its tree, whose copy defects are put into.");
        }

        return folder;
    }
}

/// <summary>A defect that the lab has to find.</summary>
/// <param name="Name">The name of its patch.</param>
/// <param name="What">What is broken, in a sentence.</param>
/// <param name="Violations">The kinds of violation that show it; one of them is enough.</param>
/// <param name="Runs">Arguments of runs, tried in turn until one shows it.</param>
internal sealed record Defect(string Name, string What, IReadOnlyList<string> Violations, IReadOnlyList<string> Runs);
