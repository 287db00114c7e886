using Microsoft.AspNetCore.Http;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Management.Api;
using OrleansBroker.Management.Json;
using OrleansBroker.Management.Listing;
using OrleansBroker.Management.Queues;

namespace OrleansBroker.Management.Bindings;

/// <summary>Bindings.</summary>
internal sealed class BindingEndpoints(ITopology topology, IAccessControl access) : IApiArea
{
    private const string Ends = "bindings/{vhost}/e/{source}";

    public void Map(ApiRoutes routes)
    {
        var item = ManagementJson.Default.BindingItem;
        routes.Get("bindings", ListAllAsync).DescribeList("The bindings of all virtual hosts.", item);
        routes.Get("bindings/{vhost}", ListAllAsync).DescribeList("The bindings of a virtual host.", item);
        routes.Get("exchanges/{vhost}/{exchange}/bindings/source", ListFromAsync).DescribeList("The bindings that an exchange is the source of.", item);
        routes.Get("exchanges/{vhost}/{exchange}/bindings/destination", ListToExchangeAsync).DescribeList("The bindings that lead to an exchange.", item);
        routes.Get("queues/{vhost}/{queue}/bindings", ListToQueueAsync).DescribeList("The bindings that lead to a queue.", item);
        foreach (var (letter, kind) in new[] { ("q", DestinationKind.Queue), ("e", DestinationKind.Exchange) })
        {
            var between = $"{Ends}/{letter}/{{destination}}";
            routes.Get(between, request => ListBetweenAsync(request, kind)).DescribeList("The bindings between an exchange and a destination.", item);
            routes.Post(between, request => BindAsync(request, kind)).Describe("Binds; the answer's location ends in the binding's properties_key.", ManagementJson.Default.BindingDeclaration);
            routes.Get($"{between}/{{props}}", request => GetAsync(request, kind)).Describe("A binding.", returns: item);
            routes.Delete($"{between}/{{props}}", request => UnbindAsync(request, kind)).Describe("Unbinds.");
        }
    }

    private async Task<IResult> ListAllAsync(ApiRequest request)
    {
        var virtualHosts = await request.VirtualHostsAsync();
        return Answer(request, virtualHosts.ToAsyncEnumerable().SelectMany(virtualHost => OfVirtualHost(virtualHost, request.Cancellation)));
    }

    private async Task<IResult> ListFromAsync(ApiRequest request)
    {
        var source = new ExchangeId(await request.VirtualHostAsync(), request.ExchangeName("exchange"));
        return Answer(request, source.Name.Length == 0
            ? Implicit(source.VirtualHost, request.Cancellation)
            : topology.ListBindingsFromAsync(source, request.Cancellation).Select(BindingItem.Of));
    }

    private async Task<IResult> ListToExchangeAsync(ApiRequest request)
    {
        var (virtualHost, name) = (await request.VirtualHostAsync(), request.ExchangeName("exchange"));
        return Answer(request, To(virtualHost, new Destination(DestinationKind.Exchange, name), request.Cancellation));
    }

    private async Task<IResult> ListToQueueAsync(ApiRequest request)
    {
        var queue = new QueueId(await request.VirtualHostAsync(), request.Name("queue"));
        await topology.RequireQueueAsync(queue, request.Cancellation);
        var destination = new Destination(DestinationKind.Queue, queue.Name);
        return Answer(request, To(queue.VirtualHost, destination, request.Cancellation).Prepend(BindingItem.ImplicitOf(queue)));
    }

    private async Task<IResult> ListBetweenAsync(ApiRequest request, DestinationKind kind) =>
        Answer(request, (await BetweenAsync(request, kind)).Select(BindingItem.Of).ToAsyncEnumerable());

    private async Task<IResult> GetAsync(ApiRequest request, DestinationKind kind) =>
        ApiResults.Json(request, BindingItem.Of(await RequireAsync(request, kind)), ManagementJson.Default.BindingItem);

    private async Task<IResult> BindAsync(ApiRequest request, DestinationKind kind)
    {
        var declaration = await request.ReadAsync(ManagementJson.Default.BindingDeclaration);
        var binding = new BindingDefinition
        {
            Source = new ExchangeId(await request.VirtualHostAsync(), request.ExchangeName("source")),
            Destination = DestinationOf(request, kind),
            RoutingKey = declaration.RoutingKey ?? "",
            Arguments = declaration.Arguments ?? FieldTable.Empty,
        };
        await CheckAsync(request, binding);
        await topology.BindAsync(binding, null, request.Cancellation);
        // Relative to the path that was posted to, as RabbitMQ has it.
        return ApiResults.CreatedAt($"{Uri.EscapeDataString(binding.Destination.Name)}/{Uri.EscapeDataString(PropertiesKey.Of(binding))}");
    }

    private async Task<IResult> UnbindAsync(ApiRequest request, DestinationKind kind)
    {
        var binding = await RequireAsync(request, kind);
        await CheckAsync(request, binding);
        await topology.UnbindAsync(binding, null, request.Cancellation);
        return ApiResults.NoContent;
    }

    /// <summary>Binding reads from the source and writes to the destination.</summary>
    private async Task CheckAsync(ApiRequest request, BindingDefinition binding)
    {
        var (user, virtualHost) = (request.User.Name, binding.Source.VirtualHost);
        if (binding.Destination.Kind == DestinationKind.Queue)
        {
            await access.RequireAsync(user, new QueueId(virtualHost, binding.Destination.Name), Permission.Write, request.Cancellation);
        }
        else
        {
            await access.RequireAsync(user, new ExchangeId(virtualHost, binding.Destination.Name), Permission.Write, request.Cancellation);
        }

        await access.RequireAsync(user, binding.Source, Permission.Read, request.Cancellation);
    }

    private async Task<BindingDefinition> RequireAsync(ApiRequest request, DestinationKind kind) =>
        (await BetweenAsync(request, kind)).Find(binding => PropertiesKey.Names(request.Name("props"), binding)) ?? throw ApiException.NotFound();

    private async Task<List<BindingDefinition>> BetweenAsync(ApiRequest request, DestinationKind kind)
    {
        var source = new ExchangeId(await request.VirtualHostAsync(), request.ExchangeName("source"));
        var destination = DestinationOf(request, kind);
        if (source.Name.Length == 0)
        {
            var queue = new QueueId(source.VirtualHost, destination.Name);
            return kind == DestinationKind.Queue && await topology.FindQueueAsync(queue, request.Cancellation) is not null
                ? [new BindingDefinition { Source = source, Destination = destination, RoutingKey = queue.Name }]
                : [];
        }

        return await topology.ListBindingsToAsync(source.VirtualHost, destination, request.Cancellation)
            .Where(binding => binding.Source == source)
            .ToListAsync(request.Cancellation);
    }

    private static Destination DestinationOf(ApiRequest request, DestinationKind kind) => new(
        kind, kind == DestinationKind.Exchange ? request.ExchangeName("destination") : request.Name("destination"));

    private IAsyncEnumerable<BindingItem> OfVirtualHost(string virtualHost, CancellationToken cancellationToken) =>
        Implicit(virtualHost, cancellationToken).Concat(topology.ListBindingsAsync(virtualHost, cancellationToken).Select(BindingItem.Of));

    private IAsyncEnumerable<BindingItem> Implicit(string virtualHost, CancellationToken cancellationToken) =>
        topology.ListQueuesAsync(virtualHost, cancellationToken).Select(queue => BindingItem.ImplicitOf(queue.Id));

    private IAsyncEnumerable<BindingItem> To(string virtualHost, Destination destination, CancellationToken cancellationToken) =>
        topology.ListBindingsToAsync(virtualHost, destination, cancellationToken).Select(BindingItem.Of);

    private static IResult Answer(ApiRequest request, IAsyncEnumerable<BindingItem> bindings) =>
        Lists.Answer(request, ListSource.Of(bindings, static binding => binding.Source, ManagementJson.Default.BindingItem));
}
