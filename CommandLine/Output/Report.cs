using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using OrleansBroker.CommandLine.Invocations;
using Spectre.Console;

namespace OrleansBroker.CommandLine.Output;

/// <summary>
/// Writes results. At a terminal a table has borders; elsewhere its rows are lines whose cells stand between tabs, with no colours and
/// no wrapping, so that <c>cut</c> and <c>awk</c> can read them.
/// </summary>
internal sealed class Report(Terminal terminal, OutputStyle style)
{
    /// <summary>One value to a line.</summary>
    public static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonSerializerOptions Indented = new(Compact) { WriteIndented = true };

    public bool Json => style.Json;

    public bool Quiet => style.Quiet;

    /// <summary>Whether long work shows its progress.</summary>
    public bool ShowsProgress => terminal.ErrorIsTerminal && !style.Quiet;

    /// <summary>A sentence that says that something was done. Scripts have the exit code.</summary>
    public void Done(string sentence)
    {
        if (!style.Quiet && !style.Json)
        {
            terminal.Out.WriteLine(PlainText.OneLine(sentence));
        }
    }

    /// <summary>Something the user should know that is no result.</summary>
    public void Note(string sentence)
    {
        if (!style.Quiet)
        {
            terminal.Error.WriteLine(PlainText.OneLine(sentence));
        }
    }

    public void Line(string text) => terminal.Out.WriteLine(text);

    /// <summary>A value as it is.</summary>
    public void WriteJson(JsonNode? value) => terminal.Out.WriteLine(value?.ToJsonString(Indented) ?? "null");

    /// <summary>A value on a line of its own: for results of which there is no last one.</summary>
    public void WriteJsonLine(JsonNode value) => terminal.Out.WriteLine(value.ToJsonString(Compact));

    /// <summary>A list: as the API had it, or the columns of each item.</summary>
    public void Rows(IReadOnlyList<JsonNode?> items, IReadOnlyList<string> columns)
    {
        if (style.Json)
        {
            WriteJson(new JsonArray([.. items.Select(item => item?.DeepClone())]));
            return;
        }

        Table(columns, items.Select(item => columns.Select(column => Cells.Text(Cells.At(item, column))).ToArray()));
    }

    /// <summary>One thing with a few properties, one to a row.</summary>
    public void Properties(JsonObject value)
    {
        if (style.Json)
        {
            WriteJson(value);
            return;
        }

        Table(["property", "value"], value.Select(property => new[] { PlainText.OneLine(property.Key), Cells.Text(property.Value) }));
    }

    private void Table(IReadOnlyList<string> columns, IEnumerable<string[]> rows)
    {
        if (!terminal.OutIsTerminal)
        {
            foreach (var cells in style.Quiet ? rows : rows.Prepend([.. columns]))
            {
                terminal.Out.WriteLine(string.Join('\t', cells));
            }

            return;
        }

        var table = new Table { Border = TableBorder.Rounded, ShowHeaders = !style.Quiet };
        table.AddColumns([.. columns.Select(column => new TableColumn(new Text(column, new Style(decoration: Decoration.Bold))))]);
        foreach (var cells in rows)
        {
            table.AddRow(cells.Select(cell => new Text(cell)));
        }

        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(terminal.Out) }).Write(table);
    }
}
