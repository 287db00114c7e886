using System.Diagnostics;
using OrleansBroker.FaultLab.Defects;
using OrleansBroker.FaultLab.Judging;
using OrleansBroker.Tests.Architecture;

namespace OrleansBroker.Tests.FaultLab;

/// <summary>The defects that the lab has to find can be put into the tree as it is now.</summary>
public sealed class DefectTests
{
    public static TheoryData<string> Patches => [.. DefectTrials.Read(Repository.Root).Select(DefectTrials.PatchOf)];

    [Theory]
    [MemberData(nameof(Patches))]
    public async Task A_defect_applies_to_the_tree(string patch)
    {
        using var git = Process.Start(new ProcessStartInfo("git", ["apply", "--check", patch])
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardError = true,
        })!;
        var said = await git.StandardError.ReadToEndAsync();
        await git.WaitForExitAsync();
        Assert.True(git.ExitCode == 0, said);
    }

    [Fact]
    public void Every_patch_is_a_defect_that_says_what_shows_it()
    {
        var defects = DefectTrials.Read(Repository.Root);
        Assert.Equal(Repository.Files("FaultLab/Defects", "*.patch"), defects.Select(DefectTrials.PatchOf).Order(StringComparer.Ordinal));
        Assert.All(defects, defect =>
        {
            Assert.NotEmpty(defect.Runs);
            Assert.NotEmpty(defect.Violations);
            Assert.All(defect.Violations, kind => Assert.True(Enum.TryParse<ViolationKind>(kind, out _), $"There is no violation '{kind}'."));
        });
    }
}
