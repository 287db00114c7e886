using OrleansBroker.FaultLab.Runs.Commands;

namespace OrleansBroker.Tests.FaultLab;

/// <summary>What the lab's command line refuses, it refuses with what is allowed, and before anything is started.</summary>
public sealed class LabCommandTests
{
    [Theory]
    [InlineData("There is no fault 'earthquake'; allowed: kill, kill-all,", "run", "--fault", "earthquake")]
    [InlineData("The fault 'power-loss' does not happen in the topology Cluster; allowed: Single", "run", "--fault", "power-loss", "--topology", "cluster")]
    [InlineData("The fault 'partition' needs Namespaces, which --loopback does without", "run", "--fault", "partition", "--loopback")]
    [InlineData("--duration is '0'; allowed: a whole number from 1 to 604800", "run", "--fault", "kill", "--duration", "0")]
    [InlineData("--seeds is '0'; allowed: a whole number from 1", "campaign", "--seeds", "0")]
    [InlineData("There is no fault 'flood'", "campaign", "--faults", "kill,flood")]
    [InlineData("'kill@moon' names no fault; allowed: a fault, or one with @cluster or @single behind it", "campaign", "--faults", "kill@moon")]
    [InlineData("There is no defect 'none'; allowed: no-epoch-check-postgresql,", "defects", "--only", "none")]
    [InlineData("Option '--fault' is required", "run")]
    public async Task A_wrong_command_line_is_answered_with_what_is_allowed(string sentence, params string[] arguments)
    {
        var errors = new StringWriter();
        Assert.NotEqual(ExitCodes.Clean, await LabCommands.RunAsync(arguments, TextWriter.Null, errors));
        Assert.Contains(sentence, errors.ToString(), StringComparison.Ordinal);
    }
}
