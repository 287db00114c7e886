using System.CommandLine;
using OrleansBroker.CommandLine.Access;
using OrleansBroker.CommandLine.Completion;
using OrleansBroker.CommandLine.Invocations;
using OrleansBroker.CommandLine.Messages;
using OrleansBroker.CommandLine.Performance;
using OrleansBroker.CommandLine.Transfers;

namespace OrleansBroker.CommandLine.Commands;

/// <summary>Puts the commands of all areas into one tree.</summary>
internal static class CommandTree
{
    private static readonly Dictionary<string, string> Groups = new()
    {
        ["list"] = "Lists what the broker has",
        ["declare"] = "Declares queues and exchanges",
        ["delete"] = "Deletes queues and exchanges",
        ["users"] = "Users, their passwords, tags and limits",
        ["permissions"] = "What users may configure, write and read",
        ["policies"] = "Policies and operator policies",
        ["parameters"] = "Runtime parameters",
        ["vhosts"] = "Virtual hosts and their limits",
        ["definitions"] = "All definitions as one file",
        ["connections"] = "Closes connections",
        ["trace"] = "The copy of all messages in amq.rabbitmq.trace",
    };

    /// <summary>Every command there is.</summary>
    public static IEnumerable<CommandSpec> Specs =>
    [
        .. StatusCommands.All, .. HealthCommands.All, .. ListCommands.All, .. TopologyCommands.All, .. BindingCommands.All,
        .. MessageCommands.All, .. ReadingCommands.All, .. TransferCommands.All, .. UserCommands.All, .. PermissionCommands.All,
        .. PolicyCommands.All, .. ParameterCommands.All, .. VirtualHostCommands.All, .. DefinitionCommands.All,
        .. WatermarkCommands.All, .. PerformanceCommand.All, .. CompletionCommand.All,
    ];

    public static RootCommand Build(Terminal terminal)
    {
        var root = new RootCommand("The command line of OrleansBroker. It works with RabbitMQ, too.") { HelpName = "orleansbroker" };
        var globals = new GlobalOptions(terminal);
        globals.AddTo(root);
        foreach (var spec in Specs)
        {
            Add(root, spec, globals, terminal);
        }

        return root;
    }

    private static void Add(RootCommand root, CommandSpec spec, GlobalOptions globals, Terminal terminal)
    {
        var words = spec.Path.Split(' ');
        var parent = words.Length == 1 ? root : Group(root, words[0]);
        parent.Subcommands.Add(Leaf(words[^1], spec, globals, terminal));
        foreach (var name in spec.OtherNames)
        {
            var other = Leaf(name, spec, globals, terminal);
            other.Hidden = true;
            root.Subcommands.Add(other);
        }
    }

    private static Command Group(RootCommand root, string name)
    {
        if (root.Subcommands.FirstOrDefault(command => command.Name == name) is { } group)
        {
            return group;
        }

        group = new Command(name, Groups[name]);
        root.Subcommands.Add(group);
        return group;
    }

    private static Command Leaf(string name, CommandSpec spec, GlobalOptions globals, Terminal terminal)
    {
        var command = new Command(name, spec.Description);
        var body = spec.Define(command);
        NameCompletion.AddTo(command, globals);
        command.SetAction((line, cancellationToken) => Tool.RunAsync(body, line, globals, terminal, cancellationToken));
        return command;
    }
}
