using System.Text.RegularExpressions;

namespace OrleansBroker.Tests.Architecture;

/// <summary>The tree is the architecture: folders are named after the domain, files stay small enough to read in one go.</summary>
public partial class SourceLayout
{
    private const int FilesInFolder = 12;
    private const int LinesInFile = 400;
    private const int LinesInLongFile = 500;
    private const int LinesInSample = 40;

    private static readonly string[] ForbiddenFolders = ["Common", "Utils", "Helpers", "Internal", "Impl", "Misc"];

    // Files that lose more by being parted than they gain: one state machine, one table. Keep this list short.
    private static readonly string[] LongFiles = ["Grains/Queues/Core/QueueCore.cs"];

    [Fact]
    public void No_folder_has_a_name_that_says_nothing() =>
        Assert.DoesNotContain(
            Repository.SourceFiles(),
            path => path.Split('/').SkipLast(1).Any(folder => ForbiddenFolders.Contains(folder, StringComparer.OrdinalIgnoreCase)));

    [Fact]
    public void No_folder_holds_more_files_than_one_takes_in_at_a_glance()
    {
        var crowded = Repository.SourceFiles().CountBy(path => Path.GetDirectoryName(path)!).Where(folder => folder.Value > FilesInFolder);
        Assert.Empty(crowded);
    }

    [Fact]
    public void No_file_is_longer_than_the_budget()
    {
        var tooLong = Repository.SourceFiles()
            .Select(path => (Path: path, Lines: Repository.Read(path).AsSpan().Count('\n')))
            .Where(file => file.Lines > (LongFiles.Contains(file.Path) ? LinesInLongFile : LinesInFile));
        Assert.Empty(tooLong);
    }

    [Fact]
    public void A_sample_is_short() =>
        Assert.DoesNotContain(Repository.SourceFiles("Samples"), path => Repository.Read(path).AsSpan().Count('\n') >= LinesInSample);

    [Fact]
    public void No_exception_is_swallowed_in_silence() =>
        Assert.DoesNotContain(Repository.SourceFiles(), path => EmptyCatch().IsMatch(Repository.Read(path)));

    [Fact]
    public void No_work_is_left_as_a_note_in_the_code() =>
        Assert.DoesNotContain(Repository.SourceFiles(), path => Note().IsMatch(Repository.Read(path)));

    [GeneratedRegex(@"catch\s*(\([^)]*\))?\s*\{\s*\}")]
    private static partial Regex EmptyCatch();

    [GeneratedRegex(@"//.*\b(T[O]DO|F[I]XME|H[A]CK)\b")]
    private static partial Regex Note();
}
