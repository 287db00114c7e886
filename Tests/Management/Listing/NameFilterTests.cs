using OrleansBroker.Management.Listing;

namespace OrleansBroker.Tests.Management.Listing;

/// <summary>Many names are looked through as one text: what is found is what each name has by itself.</summary>
public class NameFilterTests
{
    private static readonly string[] Names = ["", "a", "ab", "Abc", "b", "bab", "c d", "orders-1", "orders-12", "x.y", "über", "Über-9", "-"];

    [Theory]
    [InlineData("b", "ab Abc b bab über Über-9")]
    [InlineData("ÜB", "über Über-9")]
    [InlineData("a*", " a ab Abc b bab c d orders-1 orders-12 x.y über Über-9 -")]
    [InlineData("^a", "a ab Abc")]
    [InlineData("b$", "ab b bab")]
    [InlineData("^$", "")]
    [InlineData("^[^x]*$", " a ab Abc b bab c d orders-1 orders-12 über Über-9 -")]
    [InlineData("a[^x]*b", "ab Abc bab")]
    [InlineData("b\\W", "")]
    [InlineData("\\bb", "b bab")]
    [InlineData("\\s", "c d")]
    [InlineData("^orders-\\d+$", "orders-1 orders-12")]
    [InlineData("\\Aa", "a ab Abc")]
    [InlineData("c\\z", "Abc")]
    [InlineData("(?-m:^b)", "b bab")]
    [InlineData("(?s)b.", "bab Abc über Über-9")]
    [InlineData(".", "a ab Abc b bab c d orders-1 orders-12 x.y über Über-9 -")]
    [InlineData("a\\nb", "")]
    [InlineData("a|\\n", "a ab Abc bab")]
    public void What_is_found_in_lines_is_what_the_names_have(string pattern, string expected)
    {
        Assert.True(NameFilter.TryParse(pattern, out var filter));
        var alone = Names.Where(name => filter.IsMatch(name)).ToList();
        if (expected.Length > 0 || pattern != "^$")
        {
            Assert.Equal(expected.Replace("c d", "c_d", StringComparison.Ordinal).Split(' ').Where(name => name.Length > 0).Order(StringComparer.Ordinal),
                alone.Where(name => name.Length > 0).Select(name => name.Replace(' ', '_')).Order(StringComparer.Ordinal));
        }

        foreach (var repeated in (int[])[1, 3])
        {
            var lines = string.Concat(Enumerable.Repeat(string.Concat(Names.Select(name => $"{name}\n")), repeated));
            var found = new List<Range>();
            filter.Find(lines, found);
            Assert.Equal(Enumerable.Repeat(alone, repeated).SelectMany(names => names), found.Select(range => lines[range]));
        }
    }

    [Theory]
    [InlineData("ab\nb")]
    [InlineData("\n")]
    public void A_text_with_a_line_feed_is_in_no_name(string text)
    {
        var found = new List<Range>();
        NameFilter.OfText(text).Find("ab\nb\n", found);
        Assert.Empty(found);
    }

    [Theory]
    [InlineData("(")]
    [InlineData("(a)\\1")]
    [InlineData("(?=a)b")]
    public void What_is_no_expression_or_needs_to_go_back_is_refused(string pattern) => Assert.False(NameFilter.TryParse(pattern, out _));
}
