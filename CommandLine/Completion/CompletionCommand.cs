using System.CommandLine;
using OrleansBroker.CommandLine.Invocations;

namespace OrleansBroker.CommandLine.Completion;

/// <summary>Prints what a shell needs to complete this tool's command lines.</summary>
internal static class CompletionCommand
{
    public static IEnumerable<CommandSpec> All =>
    [
        new("completion", "Prints a script that lets a shell complete commands, options and names", command =>
        {
            var shell = command.Argument<string>("shell", "bash, zsh or pwsh.");
            shell.Validators.Add(result =>
            {
                if (result.Tokens is [var word] && Resource(word.Value) is null)
                {
                    result.AddError($"There is no script for '{word.Value}', but for bash, zsh and pwsh.");
                }
            });
            shell.CompletionSources.Add("bash", "zsh", "pwsh");
            return async (invocation, token) => await invocation.Terminal.Out.WriteAsync((await ScriptAsync(invocation.Get(shell)!, token)).AsMemory(), token);
        }),
    ];

    private static string? Resource(string shell) => shell switch
    {
        "bash" => "bash.sh",
        "zsh" => "zsh.sh",
        "pwsh" => "pwsh.ps1",
        _ => null,
    };

    private static async Task<string> ScriptAsync(string shell, CancellationToken token)
    {
        using var reader = new StreamReader(typeof(CompletionCommand).Assembly.GetManifestResourceStream(Resource(shell)!)!);
        return await reader.ReadToEndAsync(token);
    }
}
