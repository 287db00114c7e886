using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace OrleansBroker.Grains.Access;

/// <summary>
/// A pattern of names as RabbitMQ has it: a name must contain a match, and the empty pattern stands for the empty name. Matching takes
/// time in proportion to the name, whatever the pattern: what would need backtracking is refused. The one look-ahead that is in common
/// use, <c>^(?!amq\.)</c> in front, is matched as two patterns, the names and those that are not meant.
/// </summary>
internal sealed class NamePattern
{
    /// <summary>In words, what can be one.</summary>
    public const string Allowed = "a regular expression of at most 1024 characters, without backreferences and lookarounds but '^(?!...)' in front";

    // An automaton grows with its pattern; lists of names that are longer want a prefix.
    private const int Longest = 1024;
    private const string NotBeginning = "^(?!";

    // Null matches everything, the common case.
    private readonly Regex? _regex;
    private readonly Regex? _except;

    private NamePattern(Regex? regex, Regex? except = null)
    {
        _regex = regex;
        _except = except;
    }

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
            pattern = text switch
            {
                ".*" => new NamePattern(null),
                "" => new NamePattern(Compile("^$")),
                _ => TrySplit(text, out var except, out var rest)
                    ? new NamePattern(Compile($"^(?:{rest})"), Compile($"^(?:{except})"))
                    : new NamePattern(Compile(text)),
            };
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

    /// <summary>A pattern of nothing but this text, wherever it is put in.</summary>
    public static string Escape(string text) =>
        // Regex.Escape leaves what means something only after an opening bracket, where a value may be put as well.
        Regex.Escape(text).Replace("]", "\\]", StringComparison.Ordinal).Replace("}", "\\}", StringComparison.Ordinal).Replace("-", "\\-", StringComparison.Ordinal);

    public bool Matches(string name) => (_regex?.IsMatch(name) ?? true) && _except?.IsMatch(name) != true;

    private static Regex Compile(string text) => new(text, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    /// <summary>Takes <c>^(?!A)B</c> apart, where nothing beside it is an alternative.</summary>
    private static bool TrySplit(string text, out string except, out string rest)
    {
        (except, rest) = ("", "");
        if (!text.StartsWith(NotBeginning, StringComparison.Ordinal))
        {
            return false;
        }

        var (depth, end) = (1, 0);
        var inSet = false;
        for (var i = NotBeginning.Length; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '\\':
                    i++;
                    break;
                case '[' when !inSet:
                    inSet = true;
                    break;
                case ']':
                    inSet = false;
                    break;
                case '(' when !inSet:
                    depth++;
                    break;
                case ')' when !inSet && --depth == 0 && end == 0:
                    end = i;
                    break;
                case '|' when !inSet && depth == 0:
                    return false;
                default:
                    break;
            }
        }

        if (end == 0)
        {
            return false;
        }

        (except, rest) = (text[NotBeginning.Length..end], text[(end + 1)..]);
        return true;
    }
}
