using System.CommandLine;

namespace OrleansBroker.CommandLine.Invocations;

/// <summary>What a command does when it is invoked.</summary>
internal delegate Task CommandBody(Invocation invocation, CancellationToken cancellationToken);

/// <summary>
/// A command: where it stands in the tree, and the names that rabbitmqctl and rabbitmq-diagnostics have for it, which stand at the root
/// and do the same.
/// </summary>
/// <param name="Path">The words that lead to it, such as <c>list queues</c>.</param>
/// <param name="Description">A sentence for the help.</param>
/// <param name="Define">Adds the arguments and options, and says what happens. Called once for each name.</param>
/// <param name="OtherNames">Names that do the same.</param>
internal sealed record CommandSpec(string Path, string Description, Func<Command, CommandBody> Define, params string[] OtherNames);

/// <summary>Short ways to give a command its arguments and options.</summary>
internal static class CommandParts
{
    public static Argument<T> Argument<T>(this Command command, string name, string description)
    {
        // Without a name of its own, the help would list what completion offers, and ask the broker for it.
        var argument = new Argument<T>(name) { Description = description, HelpName = name };
        command.Arguments.Add(argument);
        return argument;
    }

    /// <summary>An argument that may be left out.</summary>
    public static Argument<T?> OptionalArgument<T>(this Command command, string name, string description)
    {
        var argument = command.Argument<T?>(name, description);
        argument.Arity = ArgumentArity.ZeroOrOne;
        return argument;
    }

    /// <summary>Any number of words.</summary>
    public static Argument<string[]> Words(this Command command, string name, string description)
    {
        var argument = command.Argument<string[]>(name, description);
        argument.Arity = ArgumentArity.ZeroOrMore;
        return argument;
    }

    public static Option<T> Option<T>(this Command command, string name, string description, params string[] aliases)
    {
        var option = new Option<T>(name, aliases) { Description = description };
        command.Options.Add(option);
        return option;
    }

    /// <summary>An option with a value when it is left out; the help says which.</summary>
    public static Option<T> OptionOr<T>(this Command command, string name, T value, string description, params string[] aliases)
    {
        var option = command.Option<T>(name, description, aliases);
        option.DefaultValueFactory = _ => value;
        return option;
    }

    /// <summary>An option for a number that is at least <paramref name="least"/>.</summary>
    public static Option<int> Count(this Command command, string name, int value, int least, string description)
    {
        var option = command.OptionOr(name, value, description);
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && int.TryParse(result.Tokens[0].Value, out var number) && number < least)
            {
                result.AddError($"{name} is {number}; it has to be at least {least}.");
            }
        });
        return option;
    }
}
