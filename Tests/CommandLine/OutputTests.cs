using System.Text.Json.Nodes;
using OrleansBroker.CommandLine.Output;

namespace OrleansBroker.Tests.CommandLine;

/// <summary>How values are shown.</summary>
public class OutputTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("größer 日本", "größer 日本")]
    [InlineData("a\x1b[31mred", "a\\x1b[31mred")]
    [InlineData("a\r\nb\tc", "a\\r\\nb\\tc")]
    [InlineData("\u009bx", "\\x9bx")]
    [InlineData("abc\u202edef", "abc\\u{202e}def")]
    [InlineData("a\u2028b", "a\\u{2028}b")]
    public void What_could_steer_a_terminal_is_written_out(string text, string shown) => Assert.Equal(shown, PlainText.OneLine(text));

    [Fact]
    public void Into_a_pipe_rows_are_lines_with_tabs()
    {
        var written = Write(new OutputStyle(Json: false, Quiet: false));
        Assert.Equal("name\tmessages\targuments\tqueue.name\n" + "a\\tb\t12\t{\"x\":1}\tinner\n" + "\t\t\t\n", written);
    }

    [Fact]
    public void Quiet_rows_have_no_heading() => Assert.StartsWith("a\\tb\t12", Write(new OutputStyle(Json: false, Quiet: true)), StringComparison.Ordinal);

    [Fact]
    public void Json_is_what_the_broker_said() =>
        Assert.True(JsonNode.DeepEquals(new JsonArray(Item(), null), JsonNode.Parse(Write(new OutputStyle(Json: true, Quiet: false)))));

    [Fact]
    public void A_table_at_a_terminal_takes_names_literally()
    {
        using var output = new StringWriter();
        new Report(Terminals.To(output) with { OutIsTerminal = true }, new OutputStyle(false, false)).Rows([new JsonObject { ["name"] = "[red]\x1b[2J" }], ["name"]);
        Assert.Contains("[red]\\x1b[2J", output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("\x1b[2J", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_sort_by_value_and_before_texts()
    {
        JsonNode?[] values = ["b", 10, null, 9, "a"];
        Assert.Equal(["", "9", "10", "a", "b"], values.Select(value => JsonNode.Parse(value?.ToJsonString() ?? "null")).Order(SortOrder.Instance).Select(Cells.Text));
    }

    private static JsonObject Item() => new()
    {
        ["name"] = "a\tb",
        ["messages"] = 12,
        ["arguments"] = new JsonObject { ["x"] = 1 },
        ["queue"] = new JsonObject { ["name"] = "inner" },
    };

    private static string Write(OutputStyle style)
    {
        using var output = new StringWriter { NewLine = "\n" };
        new Report(Terminals.To(output), style).Rows([Item(), null], ["name", "messages", "arguments", "queue.name"]);
        return output.ToString();
    }
}
