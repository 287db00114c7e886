using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace OrleansBroker.Management.Listing;

/// <summary>
/// Which names have what is looked for, in upper or lower case. Many names are looked through as one text with a line for each: the search
/// begins once for a thousand of them and not for each.
/// </summary>
internal abstract class NameFilter
{
    /// <summary>Every name does.</summary>
    public static NameFilter All { get; } = new Everything();

    /// <summary>Names that contain a text.</summary>
    public static NameFilter OfText(string text) => new TextFilter(text);

    /// <summary>Names in which a regular expression finds something.</summary>
    public static bool TryParse(string pattern, [NotNullWhen(true)] out NameFilter? filter)
    {
        // An expression without signs of its own means the text.
        filter = Regex.Escape(pattern) == pattern ? new TextFilter(pattern) : PatternFilter.TryParse(pattern);
        return filter is not null;
    }

    /// <summary>Whether this name has it.</summary>
    public abstract bool IsMatch(ReadOnlySpan<char> name);

    /// <summary>Adds where the lines stand that have it; each ends with a line feed.</summary>
    public void Find(ReadOnlySpan<char> lines, List<Range> found)
    {
        for (var at = 0; at < lines.Length;)
        {
            if (Next(lines[at..]) is not { } hit)
            {
                return;
            }

            var start = lines[..(at + hit.Index)].LastIndexOf('\n') + 1;
            if (start == lines.Length)
            {
                // Nothing was found, behind the last line.
                return;
            }

            var last = at + hit.Index + hit.Length;
            do
            {
                var end = start + lines[start..].IndexOf('\n');
                if (hit.IsSure || IsMatch(lines[start..end]))
                {
                    found.Add(start..end);
                }

                start = end + 1;
            }
            while (start < last);
            at = start;
        }
    }

    /// <summary>Where the next line may be, or surely is: every line that has it is one that a hit touches.</summary>
    protected abstract Hit? Next(ReadOnlySpan<char> lines);

    /// <summary>A stretch of the text.</summary>
    protected readonly record struct Hit(int Index, int Length, bool IsSure);

    private sealed class Everything : NameFilter
    {
        public override bool IsMatch(ReadOnlySpan<char> name) => true;

        protected override Hit? Next(ReadOnlySpan<char> lines) => new Hit(0, 0, true);
    }

    private sealed class TextFilter(string text) : NameFilter
    {
        private readonly bool _isPossible = !text.Contains('\n', StringComparison.Ordinal);

        // Looks at many places at once, which IndexOf does not where the runtime is without cultures.
        private readonly SearchValues<string> _text = SearchValues.Create([text], StringComparison.OrdinalIgnoreCase);

        public override bool IsMatch(ReadOnlySpan<char> name) => name.ContainsAny(_text);

        protected override Hit? Next(ReadOnlySpan<char> lines) => _isPossible && lines.IndexOfAny(_text) is >= 0 and var index ? new Hit(index, 0, true) : null;
    }

    private sealed class PatternFilter : NameFilter
    {
        private const int LongestPattern = 1024;

        // Without backtracking: no pattern takes more time than its names are long.
        private const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

        // What means the end of a text and not that of a line, or may switch between both.
        private static readonly string[] OfOneText = ["\\A", "\\z", "\\Z", "\\G", "(?"];

        private readonly Regex _ofName;
        private readonly Regex? _ofLines;

        private PatternFilter(string pattern)
        {
            _ofName = new Regex(pattern, Options);
            _ofLines = OfOneText.Any(sign => pattern.Contains(sign, StringComparison.Ordinal)) ? null : new Regex(pattern, Options | RegexOptions.Multiline);
        }

        public static PatternFilter? TryParse(string pattern)
        {
            if (pattern.Length > LongestPattern)
            {
                return null;
            }

            try
            {
                return new PatternFilter(pattern);
            }
            catch (Exception failure) when (failure is ArgumentException or NotSupportedException)
            {
                return null;
            }
        }

        public override bool IsMatch(ReadOnlySpan<char> name) => _ofName.IsMatch(name);

        protected override Hit? Next(ReadOnlySpan<char> lines)
        {
            if (_ofLines is null)
            {
                return new Hit(0, 0, false);
            }

            foreach (var match in _ofLines.EnumerateMatches(lines))
            {
                // What lies in one line matches its name as well; what reaches further need not.
                return new Hit(match.Index, match.Length, !lines.Slice(match.Index, match.Length).Contains('\n'));
            }

            return null;
        }
    }
}
