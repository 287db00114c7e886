using System.Text.RegularExpressions;

namespace OrleansBroker.Tests.Differential;

/// <summary>Where the broker answers otherwise than RabbitMQ on purpose. docs/compatibility.md tells users of each.</summary>
internal static partial class DeliberateDifferences
{
    private static readonly (Regex Text, string Instead)[] Ignored =
    [
    ];

    /// <summary>The first line in which two brokers differ, but for what is deliberate.</summary>
    public static (string Theirs, string Mine)? Find(IReadOnlyList<string> theirs, IReadOnlyList<string> mine)
    {
        for (var at = 0; at < Math.Max(theirs.Count, mine.Count); at++)
        {
            var (their, my) = (at < theirs.Count ? Plain(theirs[at]) : "nothing", at < mine.Count ? Plain(mine[at]) : "nothing");
            if (their != my)
            {
                return (their, my);
            }
        }

        return null;
    }

    private static string Plain(string line) => Ignored.Aggregate(line, (text, rule) => rule.Text.Replace(text, rule.Instead));
}
