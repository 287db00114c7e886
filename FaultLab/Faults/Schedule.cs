namespace OrleansBroker.FaultLab.Faults;

/// <summary>One fault of a run: when, for how long, and what chance says about it.</summary>
/// <param name="Fault">Its name.</param>
/// <param name="Pause">How long everything is well before it.</param>
/// <param name="Length">How long it lasts.</param>
/// <param name="Silo">A number that says which silo it happens to.</param>
/// <param name="Other">A number that says which other one has a part in it.</param>
/// <param name="Variant">A number that says which of its variants it is.</param>
internal sealed record Episode(string Fault, TimeSpan Pause, TimeSpan Length, int Silo, int Other, int Variant);

/// <summary>Draws the faults of a run from its seed: the same seed, faults and duration are the same episodes.</summary>
internal static class Schedule
{
    private const int ShortestMilliseconds = 5_000;
    private const int LongestMilliseconds = 15_000;

    /// <summary>The episodes that begin within the duration; at least one, however short that is.</summary>
    public static IReadOnlyList<Episode> Draw(int seed, IReadOnlyList<FaultKind> kinds, TimeSpan duration)
    {
        // Chance that can be repeated is wanted here, not chance that nobody can guess.
#pragma warning disable CA5394
        var random = new Random(seed);
        var episodes = new List<Episode>();
        var passed = TimeSpan.Zero;
        while (true)
        {
            var kind = kinds[random.Next(kinds.Count)];
            var pause = TimeSpan.FromMilliseconds(random.Next(ShortestMilliseconds, LongestMilliseconds));
            var length = TimeSpan.FromMilliseconds(random.Next(
                Math.Max(ShortestMilliseconds, (int)kind.Shortest.TotalMilliseconds), Math.Max(LongestMilliseconds, 2 * (int)kind.Shortest.TotalMilliseconds)));
            var episode = new Episode(kind.Name, pause, length, random.Next(), random.Next(), random.Next());
#pragma warning restore CA5394
            passed += pause + length;
            if (passed > duration && episodes.Count > 0)
            {
                return episodes;
            }

            episodes.Add(episode);
        }
    }
}
