using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Parameters;
using OrleansBroker.Grains.Interfaces.Policies;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Management.Access;
using OrleansBroker.Management.Api;
using OrleansBroker.Management.Json;
using OrleansBroker.Management.Parameters;
using OrleansBroker.Management.Policies;
using OrleansBroker.Management.VirtualHosts;

namespace OrleansBroker.Management.Definitions;

/// <summary>
/// Takes definitions in, RabbitMQ's or this broker's, in an order in which each finds what it needs. What is there already stays as it is
/// (queues, exchanges, bindings) or becomes what the file says (all else), so that a file may be taken in again. Queues and bindings that
/// cannot be do not keep the others from being made; they are told at the end.
/// </summary>
internal sealed partial class DefinitionsImport(DefinitionSources sources, ILogger<DefinitionsImport> log)
{
    // Commits of many share one sync.
    private const int Parallelism = 128;
    private const int MostProblems = 10;

    // What native clients publish to and subscribe where they name no queue.
    private const string DefaultQueue = "default";

    /// <summary>Takes the definitions in; into one virtual host where one is named.</summary>
    /// <exception cref="ApiException">400: something in them cannot be.</exception>
    public async Task RunAsync(JsonElement root, string? virtualHost, CancellationToken cancellationToken)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw ApiException.BadRequest("not_json");
        }

        try
        {
            if (virtualHost is null)
            {
                CheckOwners(root);
                await ImportUsersAsync(root, cancellationToken);
            }
            else if (root.TryGetProperty("limits", out var limits) && limits.ValueKind == JsonValueKind.Object)
            {
                await SetLimitsAsync(virtualHost, limits, cancellationToken);
            }

            await ImportSettingsAsync(root, virtualHost, cancellationToken);
            var problems = new ConcurrentQueue<string>();
            await ForEachAsync(root, "exchanges", virtualHost, problems, DeclareExchangeAsync, cancellationToken);
            await ForEachAsync(root, "queues", virtualHost, problems, DeclareQueueAsync, cancellationToken);
            await ForEachAsync(root, "bindings", virtualHost, problems, BindAsync, cancellationToken);
            if (!problems.IsEmpty)
            {
                throw ApiException.BadRequest(string.Join("; ", problems.Take(MostProblems)) + (problems.Count > MostProblems ? $"; and {problems.Count - MostProblems} more" : ""));
            }
        }
        catch (BrokerException refusal)
        {
            throw ApiException.BadRequest(refusal.Message);
        }
    }

    private static IEnumerable<JsonBody> Items(JsonElement root, string category) =>
        root.TryGetProperty(category, out var items) && items.ValueKind == JsonValueKind.Array
            ? items.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.Object).Select(item => new JsonBody(item))
            : [];

    /// <summary>Definitions of one virtual host do not say which: they cannot be taken in as those of all.</summary>
    private static void CheckOwners(JsonElement root)
    {
        foreach (var category in (string[])["queues", "exchanges", "bindings"])
        {
            if (Items(root, category).Any(item => item.Find("vhost") is null))
            {
                throw ApiException.BadRequest($"some of the {category} name no virtual host: definitions of one virtual host are posted to /api/definitions/ and its name");
            }
        }
    }

    private async Task ImportUsersAsync(JsonElement root, CancellationToken cancellationToken)
    {
        var known = (await sources.Users.ListAsync(cancellationToken)).ToDictionary(user => user.Name, StringComparer.Ordinal);
        var users = Items(root, "users")
            .Select(item => UserBodies.User(item.RequiredText("name"), item, known.GetValueOrDefault(item.RequiredText("name")), sources.Users))
            .Where(user => !IsConfigured(known, user.Name))
            .ToList();
        if (users.Count > 0)
        {
            await sources.Users.PutAsync(users, cancellationToken);
        }

        foreach (var item in Items(root, "vhosts"))
        {
            var name = item.RequiredText("name");
            var before = await sources.VirtualHosts.FindAsync(name, cancellationToken);
            var wanted = VirtualHostBodies.Of(name, item, before);
            if (before is null || !wanted.Equals(before))
            {
                await sources.VirtualHosts.PutAsync(wanted, cancellationToken);
            }
        }

        var permissions = Items(root, "permissions")
            .Select(item => UserBodies.Permission(item.RequiredText("user"), item.RequiredText("vhost"), item))
            .Where(permission => !IsConfigured(known, permission.User))
            .ToList();
        if (permissions.Count > 0)
        {
            await sources.Users.PutPermissionsAsync(permissions, cancellationToken);
        }

        var topics = Items(root, "topic_permissions")
            .Select(item => UserBodies.TopicPermission(item.RequiredText("user"), item.RequiredText("vhost"), item))
            .Where(permission => !IsConfigured(known, permission.User))
            .ToList();
        if (topics.Count > 0)
        {
            await sources.Users.PutTopicPermissionsAsync(topics, cancellationToken);
        }
    }

    private bool IsConfigured(Dictionary<string, UserDefinition> known, string user)
    {
        var isConfigured = known.GetValueOrDefault(user)?.IsConfigured == true;
        if (isConfigured)
        {
            LogConfigured(log, user);
        }

        return isConfigured;
    }

    private async Task ImportSettingsAsync(JsonElement root, string? virtualHost, CancellationToken cancellationToken)
    {
        var parameters = Items(root, "parameters").Select(item => ParameterOf(item, virtualHost)).ToList();
        foreach (var limits in parameters.Where(parameter => parameter.Component == KnownComponents.VirtualHostLimits))
        {
            await SetLimitsAsync(limits.VirtualHost!, limits.Value, cancellationToken);
        }

        var policies = parameters.Where(parameter => parameter.Component is KnownComponents.OperatorPolicy or KnownComponents.Policy).Select(KnownComponents.ToPolicy)
            .Concat(Items(root, "policies").Select(item => PolicyBodies.Of(PolicyKind.Policy, virtualHost ?? item.RequiredText("vhost"), item.RequiredText("name"), item)))
            .ToList();
        if (policies.Count > 0)
        {
            await sources.Policies.PutAsync(policies, cancellationToken);
        }

        var others = parameters.Where(parameter => !KnownComponents.Has(parameter.Component)).ToList();
        if (virtualHost is null)
        {
            others.AddRange(Items(root, "global_parameters").Select(item => new Parameter(null, "", item.RequiredText("name"), item.Find("value") ?? default)));
        }

        if (others.Count > 0)
        {
            await sources.Parameters.PutAsync(others, cancellationToken);
        }
    }

    private static Parameter ParameterOf(JsonBody item, string? virtualHost)
    {
        item.Require("component", "name", "value");
        return new Parameter(virtualHost ?? item.RequiredText("vhost"), item.Text("component")!, item.Text("name")!, item.Find("value")!.Value);
    }

    private async Task SetLimitsAsync(string virtualHost, JsonElement limits, CancellationToken cancellationToken)
    {
        var host = await sources.VirtualHosts.FindAsync(virtualHost, cancellationToken)
            ?? throw ApiException.BadRequest($"Please create virtual host \"{virtualHost}\" prior to importing definitions.");
        // A list of none is how Erlang writes an empty object.
        await sources.VirtualHosts.PutAsync(
            host with { Limits = limits.ValueKind == JsonValueKind.Object ? JsonBody.NumbersOf(limits) : new Dictionary<string, long>() }, cancellationToken);
    }

    private async Task ForEachAsync(
        JsonElement root, string category, string? virtualHost, ConcurrentQueue<string> problems, Func<JsonBody, string, CancellationToken, Task> import, CancellationToken cancellationToken)
    {
        await Parallel.ForEachAsync(
            Items(root, category),
            new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
            async (item, cancellation) =>
            {
                try
                {
                    await import(item, virtualHost ?? item.RequiredText("vhost"), cancellation);
                }
                catch (Exception refusal) when (refusal is BrokerException or ApiException)
                {
                    LogRefused(log, category, refusal.Message);
                    problems.Enqueue(refusal.Message);
                }
            });
    }

    private async Task DeclareExchangeAsync(JsonBody item, string virtualHost, CancellationToken cancellationToken)
    {
        var id = new ExchangeId(virtualHost, item.RequiredText("name"));
        if (id.Name.Length == 0 || id.Name.StartsWith("amq.", StringComparison.Ordinal) || await sources.Topology.ExistsAsync(id, cancellationToken))
        {
            return;
        }

        await sources.Topology.DeclareExchangeAsync(
            new ExchangeDefinition
            {
                Id = id,
                Type = item.RequiredText("type"),
                Durable = item.Flag("durable") ?? true,
                AutoDelete = item.Flag("auto_delete") ?? false,
                Internal = item.Flag("internal") ?? false,
                Arguments = Arguments(item),
            },
            cancellationToken);
    }

    private async Task DeclareQueueAsync(JsonBody item, string virtualHost, CancellationToken cancellationToken)
    {
        var id = new QueueId(virtualHost, item.RequiredText("name"));
        if (id.Name.StartsWith("amq.", StringComparison.Ordinal))
        {
            return;
        }

        var wanted = new QueueDefinition
        {
            Id = id,
            Durable = item.Flag("durable") ?? true,
            AutoDelete = item.Flag("auto_delete") ?? false,
            Arguments = Arguments(item),
        };
        var there = await sources.Topology.FindQueueAsync(id, cancellationToken);
        if (there is null)
        {
            await sources.Topology.DeclareQueueAsync(wanted, cancellationToken);
        }
        else if (id.Name == DefaultQueue && IsAsMade(there) && !IsAsMade(wanted))
        {
            await ReplaceDefaultAsync(there, wanted, cancellationToken);
        }
    }

    private static bool IsAsMade(QueueDefinition queue) => queue is { Durable: true, AutoDelete: false, Arguments.Count: 0 };

    /// <summary>
    /// A virtual host has its default queue before anybody declares one: what the file says of a queue of that name would be lost. While
    /// nobody has used it, it is made as the file says; later that is refused, for its messages and bindings would be lost.
    /// </summary>
    private async Task ReplaceDefaultAsync(QueueDefinition there, QueueDefinition wanted, CancellationToken cancellationToken)
    {
        var destination = new Destination(DestinationKind.Queue, DefaultQueue);
        if (await sources.Topology.ListBindingsToAsync(there.Id.VirtualHost, destination, cancellationToken).AnyAsync(cancellationToken))
        {
            throw ApiException.BadRequest($"{there.Id} is there with other properties, and has bindings: delete it to have it made as the definitions say");
        }

        try
        {
            var onlyUnused = new DeleteQueueOptions { IfEmpty = true, IfUnused = true, Incarnation = there.Incarnation };
            await sources.Topology.DeleteQueueAsync(there.Id, onlyUnused, cancellationToken);
        }
        catch (BrokerException refusal)
        {
            throw ApiException.BadRequest($"{there.Id} is there with other properties, and is in use: delete it to have it made as the definitions say ({refusal.Message})");
        }

        try
        {
            await sources.Topology.DeclareQueueAsync(wanted, cancellationToken);
        }
        catch (BrokerException)
        {
            // Whatever the file says of it cannot be, and native clients count on the queue.
            await sources.Topology.DeclareQueueAsync(new QueueDefinition { Id = there.Id, Durable = true }, cancellationToken);
            throw;
        }
    }

    private Task BindAsync(JsonBody item, string virtualHost, CancellationToken cancellationToken) => sources.Topology.BindAsync(
        new BindingDefinition
        {
            Source = new ExchangeId(virtualHost, item.RequiredText("source")),
            Destination = new Destination(
                item.RequiredText("destination_type") == "queue" ? DestinationKind.Queue : DestinationKind.Exchange, item.RequiredText("destination")),
            RoutingKey = item.Text("routing_key") ?? "",
            Arguments = Arguments(item),
        },
        null,
        cancellationToken);

    private static FieldTable Arguments(JsonBody item) =>
        item.Find("arguments") is { } arguments ? arguments.Deserialize(ArgumentsJson.Default.FieldTable) ?? FieldTable.Empty : FieldTable.Empty;

    [LoggerMessage(4101, LogLevel.Warning, "Definitions name the user {User}, who is set by configuration: left as configured")]
    private static partial void LogConfigured(ILogger logger, string user);

    [LoggerMessage(4102, LogLevel.Warning, "One of the {Category} of imported definitions cannot be: {Problem}")]
    private static partial void LogRefused(ILogger logger, string category, string problem);
}
