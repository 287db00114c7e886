using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using OrleansBroker.CommandLine.Http;
using OrleansBroker.CommandLine.Invocations;

namespace OrleansBroker.CommandLine.Commands;

/// <summary>Runtime parameters, of components in virtual hosts and of the whole broker.</summary>
internal static class ParameterCommands
{
    public static IEnumerable<CommandSpec> All =>
    [
        new("parameters set", "Sets a component's parameter", command =>
        {
            var (component, name, value) = (Component(command), Name(command), Value(command));
            return async (invocation, token) =>
            {
                await invocation.Api.PutAsync(Path(invocation, component, name), new JsonObject
                {
                    ["vhost"] = invocation.VirtualHost,
                    ["component"] = invocation.Get(component),
                    ["name"] = invocation.Get(name),
                    ["value"] = Parsed(invocation.Get(value)!),
                }, token);
                invocation.Report.Done($"Parameter '{invocation.Get(name)}' is set.");
            };
        }, "set_parameter"),
        new("parameters clear", "Removes a component's parameter", command =>
        {
            var (component, name) = (Component(command), Name(command));
            return async (invocation, token) =>
            {
                await invocation.Api.DeleteAsync(Path(invocation, component, name), token);
                invocation.Report.Done($"Parameter '{invocation.Get(name)}' is removed.");
            };
        }, "clear_parameter"),
        new("parameters set-global", "Sets a parameter of the whole broker", command =>
        {
            var (name, value) = (Name(command), Value(command));
            return async (invocation, token) =>
            {
                var body = new JsonObject { ["name"] = invocation.Get(name), ["value"] = Parsed(invocation.Get(value)!) };
                await invocation.Api.PutAsync(ManagementApi.Path("global-parameters", invocation.Get(name)!), body, token);
                invocation.Report.Done($"Global parameter '{invocation.Get(name)}' is set.");
            };
        }, "set_global_parameter"),
        new("parameters clear-global", "Removes a parameter of the whole broker", command =>
        {
            var name = Name(command);
            return async (invocation, token) =>
            {
                await invocation.Api.DeleteAsync(ManagementApi.Path("global-parameters", invocation.Get(name)!), token);
                invocation.Report.Done($"Global parameter '{invocation.Get(name)}' is removed.");
            };
        }, "clear_global_parameter"),
    ];

    private static Argument<string> Component(Command command) => command.Argument<string>("component", "The component.");

    private static Argument<string> Name(Command command) => command.Argument<string>("name", "The parameter's name.");

    private static Argument<string> Value(Command command) => command.Argument<string>("value", "Its value, as JSON.");

    private static string Path(Invocation invocation, Argument<string> component, Argument<string> name) =>
        ManagementApi.Path("parameters", invocation.Get(component)!, invocation.VirtualHost, invocation.Get(name)!);

    private static JsonNode? Parsed(string value)
    {
        try
        {
            return JsonNode.Parse(value);
        }
        catch (JsonException exception)
        {
            throw CommandFailure.Usage($"The value is no JSON (a text stands in quotes): {exception.Message}");
        }
    }
}
