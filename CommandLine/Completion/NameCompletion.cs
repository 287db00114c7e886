using System.CommandLine;
using System.CommandLine.Completions;
using OrleansBroker.CommandLine.Http;
using OrleansBroker.CommandLine.Invocations;

namespace OrleansBroker.CommandLine.Completion;

/// <summary>Completes arguments that are names of the broker with the names that it has.</summary>
internal static class NameCompletion
{
    // A person waits at the prompt.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Adds names to the arguments of commands that name something that is there already.</summary>
    public static void AddTo(Command command, GlobalOptions globals)
    {
        if (command.Name.StartsWith("declare", StringComparison.Ordinal) || command.Name.Contains("add", StringComparison.Ordinal))
        {
            return;
        }

        foreach (var argument in command.Arguments)
        {
            Func<string, string>? path = argument.Name switch
            {
                "queue" or "source" or "destination" => virtualHost => ManagementApi.Path("queues", virtualHost),
                "exchange" => virtualHost => ManagementApi.Path("exchanges", virtualHost),
                "user-name" => _ => "users",
                _ => null,
            };
            if (path is not null)
            {
                argument.CompletionSources.Add(context => Names(context, globals, path));
            }
        }
    }

    private static IEnumerable<CompletionItem> Names(CompletionContext context, GlobalOptions globals, Func<string, string> path)
    {
        try
        {
            var target = globals.Target(context.ParseResult);
            using var api = new ManagementApi(target, Patience);
            var items = api.ListAsync(path(target.VirtualHost) + "?columns=name", CancellationToken.None).GetAwaiter().GetResult();
            return [.. items.Select(item => item?["name"]?.ToString()).Where(IsWord).Select(name => new CompletionItem(name!))];
        }
        catch (Exception exception) when (ExpectedFailures.Describe(exception, null) is not null)
        {
            // Without the broker there are no names to offer; a prompt is no place to say so.
            return [];
        }
    }

    // What a shell would take for more than one word, or for a command, is better typed with care.
    private static bool IsWord(string? name) =>
        !string.IsNullOrEmpty(name) && name.All(letter => char.IsLetterOrDigit(letter) || letter is '.' or '-' or '_' or ':' or '/' or '@');
}
