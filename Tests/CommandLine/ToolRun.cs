using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using OrleansBroker.CommandLine.Invocations;
using OrleansBroker.Tests.Management;

namespace OrleansBroker.Tests.CommandLine;

/// <summary>A command line that has run in this process, and what came of it.</summary>
internal sealed record ToolRun(int Code, string Out, string Error)
{
    /// <summary>The output, as JSON.</summary>
    public JsonNode Json => JsonNode.Parse(Out)!;

    public string[] Lines => Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public override string ToString() => $"exit code {Code}\n{Out}\n{Error}";

    public static Task<ToolRun> Of(params string[] arguments) => RunAsync(arguments, []);

    /// <summary>Against a silo, as guest.</summary>
    public static Task<ToolRun> On(ManagementSilo silo, params string[] arguments) => RunAsync(arguments, Environment(silo));

    /// <summary>The same, and it has to succeed.</summary>
    public static async Task<ToolRun> Done(ManagementSilo silo, params string[] arguments)
    {
        var run = await On(silo, arguments);
        Assert.True(run.Code == 0, $"{string.Join(' ', arguments)}: {run}");
        return run;
    }

    public static Dictionary<string, string> Environment(ManagementSilo silo) => new()
    {
        ["ORLEANSBROKER_PORT"] = silo.Port.ToString(CultureInfo.InvariantCulture),
        ["ORLEANSBROKER_URL"] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{silo.HttpPort}"),
    };

    public static async Task<ToolRun> RunAsync(
        string[] arguments, Dictionary<string, string> environment, string input = "", CancellationToken cancellationToken = default)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var terminal = new Terminal
        {
            Out = output,
            Error = error,
            OpenInput = () => new MemoryStream(Encoding.UTF8.GetBytes(input)),
            Environment = environment.GetValueOrDefault,
        };
        var code = await Tool.RunAsync(arguments, terminal, cancellationToken).WaitAsync(TimeSpan.FromSeconds(60), CancellationToken.None);
        return new ToolRun(code, output.ToString(), error.ToString());
    }
}
