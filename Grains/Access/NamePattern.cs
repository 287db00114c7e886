using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace OrleansBroker.Grains.Access;

/// <summary>
/// A pattern of names as RabbitMQ has it: a name must contain a match, and the empty pattern stands for the empty name. Matching takes
/// time in proportion to the name, whatever the pattern: what would need backtracking is refused.
/// </summary>
internal sealed class NamePattern
{
    /// <summary>In words, what can be one.</summary>
    public const string Allowed = "a regular expression of at most 1024 characters, without backreferences and lookarounds";

    // An automaton grows with its pattern; lists of names that are longer want a prefix.
    private const int Longest = 1024;

    // Null matches everything, the common case.
    private readonly Regex? _regex;

    private NamePattern(Regex? regex) => _regex = regex;

    /// <summary>Compiles it; false, and why, where it cannot be one.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out NamePattern? pattern, [NotNullWhen(false)] out string? problem)
    {
        (pattern, problem) = (null, null);
        if (text.Length > Longest)
        {
            problem = $"It has {text.Length} characters.";
            return false;
        }

        try
        {
            pattern = new NamePattern(text switch
            {
                ".*" => null,
                "" => new Regex("^$", RegexOptions.NonBacktracking),
                _ => new Regex(text, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant),
            });
            return true;
        }
        catch (Exception failure) when (failure is ArgumentException or NotSupportedException)
        {
            problem = failure.Message;
            return false;
        }
    }

    /// <summary>Compiles one that was checked before.</summary>
    /// <exception cref="FormatException">It cannot be one.</exception>
    public static NamePattern Parse(string text) =>
        TryParse(text, out var pattern, out var problem) ? pattern : throw new FormatException($"'{text}' is no pattern; allowed: {Allowed}. {problem}");

    public bool Matches(string name) => _regex?.IsMatch(name) ?? true;
}
