using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using OrleansBroker.CommandLine.Http;
using OrleansBroker.CommandLine.Invocations;
using OrleansBroker.CommandLine.Output;

namespace OrleansBroker.CommandLine.Commands;

/// <summary>Definitions to a file and back.</summary>
internal static class DefinitionCommands
{
    private static readonly JsonSerializerOptions Indented = new(Report.Compact) { WriteIndented = true };

    public static IEnumerable<CommandSpec> All =>
    [
        new("definitions export", "Writes all definitions, or with --vhost those of one virtual host", Export, "export_definitions"),
        new("definitions import", "Reads definitions; what is there already stays or is replaced, nothing is removed", Import, "import_definitions"),
    ];

    private static CommandBody Export(Command command)
    {
        var file = command.OptionalArgument<string>("file", "The file. Default: standard output, as -.");
        return async (invocation, token) =>
        {
            var definitions = await invocation.Api.GetAsync(Path(invocation), token);
            if (invocation.Get(file) is not { } name || name == "-")
            {
                invocation.Report.WriteJson(definitions);
                return;
            }

            // Hashes of passwords are in it: whoever reads them can try passwords.
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            await using var stream = new FileStream(name, options);
            await JsonSerializer.SerializeAsync(stream, definitions, Indented, token);
            invocation.Report.Done($"{Count(definitions)} definitions are in {name}.");
        };
    }

    private static CommandBody Import(Command command)
    {
        var file = command.OptionalArgument<string>("file", "The file. Default: standard input, as -.");
        return async (invocation, token) =>
        {
            var name = invocation.Get(file) ?? "-";
            var text = name == "-" ? await invocation.Terminal.ReadInputAsync(token) : await File.ReadAllTextAsync(name, token);
            var definitions = NamedValues.ParseObject(text, "file");
            await invocation.Api.PostAsync(Path(invocation), definitions, token);
            invocation.Report.Done($"{Count(definitions)} definitions are imported.");
        };
    }

    private static string Path(Invocation invocation) =>
        invocation.NamedVirtualHost is { } virtualHost ? ManagementApi.Path("definitions", virtualHost) : "definitions";

    private static int Count(JsonNode? definitions) =>
        (definitions as JsonObject ?? []).Sum(area => area.Value is JsonArray list ? list.Count : 0);
}
