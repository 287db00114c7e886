using System.Globalization;
using System.Text;

namespace OrleansBroker.CommandLine.Output;

/// <summary>Text from elsewhere, made fit for a terminal: a name is data and must not move the cursor, change colours or hide what follows.</summary>
internal static class PlainText
{
    /// <summary>The text with every control and format character written out.</summary>
    public static string OneLine(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~') || !text.EnumerateRunes().Any(IsHarmful))
        {
            return text;
        }

        var shown = new StringBuilder(text.Length + 16);
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsHarmful(rune))
            {
                shown.Append(Written(rune));
            }
            else
            {
                shown.Append(rune);
            }
        }

        return shown.ToString();
    }

    // Format characters turn the direction of writing; the separators break lines in some terminals.
    private static bool IsHarmful(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static string Written(Rune rune) => rune.Value switch
    {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        < 0x100 => string.Create(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}"),
    };
}
