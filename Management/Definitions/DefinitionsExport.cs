using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Parameters;
using OrleansBroker.Grains.Interfaces.Policies;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Management.Access;
using OrleansBroker.Management.Api;
using OrleansBroker.Management.Parameters;
using OrleansBroker.Management.Policies;

namespace OrleansBroker.Management.Definitions;

/// <summary>What definitions are made of.</summary>
internal sealed record DefinitionSources(
    ITopology Topology, IVirtualHosts VirtualHosts, IUsers Users, IPolicies Policies, IParameters Parameters, ParameterEndpoints AllParameters);

/// <summary>
/// Writes definitions as RabbitMQ does, row by row as they come from the store: no queue is woken, and memory does not grow with their number.
/// </summary>
/// <param name="sources">What is written.</param>
/// <param name="virtualHost">One virtual host's alone; null: all.</param>
internal sealed class DefinitionsExport(DefinitionSources sources, string? virtualHost) : IResult
{
    // What RabbitMQ and its tools look at to know the format: that of this version.
    private const string Version = "3.13.7";
    private const int ChunkOctets = 1 << 16;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.ContentType = "application/json";
        if (httpContext.Request.Query["download"].ToString() is { Length: > 0 } file && file.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '@'))
        {
            response.Headers.ContentDisposition = $"attachment; filename={file}";
        }

        if (HttpMethods.IsHead(httpContext.Request.Method))
        {
            return;
        }

        await using var writer = new Utf8JsonWriter(response.BodyWriter, ApiResults.Writing);
        await WriteAsync(writer, httpContext.RequestAborted);
    }

    private async Task WriteAsync(Utf8JsonWriter writer, CancellationToken cancellation)
    {
        writer.WriteStartObject();
        writer.WriteString("rabbit_version", Version);
        writer.WriteString("rabbitmq_version", Version);
        writer.WriteString("product_name", "OrleansBroker");
        if (virtualHost is null)
        {
            await WriteUsersAsync(writer, cancellation);
        }

        var parameters = sources.AllParameters.AllAsync(cancellation).Where(item => IsMeant(item.VirtualHost));
        await WriteAsync(writer, "parameters", parameters, ParameterJson.Default.ParameterItem, cancellation);
        var policies = (await sources.Policies.ListAsync(PolicyKind.Policy, virtualHost, cancellation)).Select(PolicyItem.Of).ToAsyncEnumerable();
        await WriteAsync(writer, "policies", policies, PolicyJson.Default.PolicyItem, cancellation);
        var hosts = virtualHost is null ? await sources.Topology.ListVirtualHostsAsync(cancellation).ToListAsync(cancellation) : [virtualHost];
        var (all, json) = (hosts.ToAsyncEnumerable(), DefinitionsJson.Default);
        var queues = all.SelectMany(host => sources.Topology.ListQueuesAsync(host, cancellation))
            .Where(queue => queue.ExclusiveOwner is null)
            .Select(queue => QueueItem.Of(queue, virtualHost is null));
        await WriteAsync(writer, "queues", queues, json.QueueItem, cancellation);
        var exchanges = all.SelectMany(host => sources.Topology.ListExchangesAsync(host, cancellation))
            .Where(exchange => exchange.Id.Name.Length > 0 && !exchange.Id.Name.StartsWith("amq.", StringComparison.Ordinal))
            .Select(exchange => ExchangeItem.Of(exchange, virtualHost is null));
        await WriteAsync(writer, "exchanges", exchanges, json.ExchangeItem, cancellation);
        var bindings = all.SelectMany(host => sources.Topology.ListBindingsAsync(host, cancellation))
            // RabbitMQ knows no bindings to streams of other providers.
            .Where(binding => binding.Destination.Kind != DestinationKind.Stream)
            .Select(binding => BindingItem.Of(binding, virtualHost is null));
        await WriteAsync(writer, "bindings", bindings, json.BindingItem, cancellation);
        writer.WriteEndObject();
        await writer.FlushAsync(cancellation);
    }

    private async Task WriteUsersAsync(Utf8JsonWriter writer, CancellationToken cancellation)
    {
        // Configured users come with the configuration; a name of theirs in the file would stand for nothing where it is read.
        var users = (await sources.Users.ListAsync(cancellation)).Where(user => !user.IsConfigured).ToList();
        var names = users.Select(user => user.Name).ToHashSet(StringComparer.Ordinal);
        await WriteAsync(writer, "users", users.Select(UserItem.Of).ToAsyncEnumerable(), AccessJson.Default.UserItem, cancellation);
        var hosts = (await sources.VirtualHosts.ListAsync(cancellation)).Select(VirtualHostDefinitionItem.Of);
        await WriteAsync(writer, "vhosts", hosts.ToAsyncEnumerable(), DefinitionsJson.Default.VirtualHostDefinitionItem, cancellation);
        var permissions = (await sources.Users.ListPermissionsAsync(cancellation)).Where(p => names.Contains(p.User)).Select(PermissionItem.Of);
        await WriteAsync(writer, "permissions", permissions.ToAsyncEnumerable(), AccessJson.Default.PermissionItem, cancellation);
        var topics = (await sources.Users.ListTopicPermissionsAsync(cancellation)).Where(p => names.Contains(p.User)).Select(TopicPermissionItem.Of);
        await WriteAsync(writer, "topic_permissions", topics.ToAsyncEnumerable(), AccessJson.Default.TopicPermissionItem, cancellation);
        var global = sources.Parameters.ListGlobalAsync(cancellation).Select(GlobalParameterItem.Of);
        await WriteAsync(writer, "global_parameters", global, ParameterJson.Default.GlobalParameterItem, cancellation);
    }

    private bool IsMeant(string host) => virtualHost is null || host == virtualHost;

    private static async Task WriteAsync<T>(
        Utf8JsonWriter writer, string name, IAsyncEnumerable<T> items, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        writer.WriteStartArray(name);
        await foreach (var item in items.WithCancellation(cancellation))
        {
            JsonSerializer.Serialize(writer, item, type);
            if (writer.BytesPending > ChunkOctets)
            {
                await writer.FlushAsync(cancellation);
            }
        }

        writer.WriteEndArray();
    }
}
