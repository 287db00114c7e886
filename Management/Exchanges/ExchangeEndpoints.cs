using Microsoft.AspNetCore.Http;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Policies;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Management.Api;
using OrleansBroker.Management.Clients;
using OrleansBroker.Management.Json;
using OrleansBroker.Management.Listing;

namespace OrleansBroker.Management.Exchanges;

/// <summary>Exchanges.</summary>
internal sealed class ExchangeEndpoints(ITopology topology, IAccessControl access, IPolicies policies, IClusterActivity activity) : IApiArea
{
    public void Map(ApiRoutes routes)
    {
        var item = ManagementJson.Default.ExchangeItem;
        routes.Get("exchanges", ListAsync).DescribeList("The exchanges of all virtual hosts.", item);
        routes.Get("exchanges/{vhost}", ListAsync).DescribeList("The exchanges of a virtual host.", item);
        routes.Get("exchanges/{vhost}/{exchange}", GetAsync).Describe("An exchange, with the channels that publish to it and the queues that it reached.", returns: item);
        routes.Put("exchanges/{vhost}/{exchange}", PutAsync).Describe("Declares an exchange.", ManagementJson.Default.ExchangeDeclaration);
        routes.Delete("exchanges/{vhost}/{exchange}", DeleteAsync).Describe("Deletes an exchange with its bindings; with if-unused=true only one that has none.");
    }

    private async Task<IResult> ListAsync(ApiRequest request)
    {
        var virtualHosts = await request.VirtualHostsAsync();
        return Lists.Answer(request, new ListSource<ExchangeDefinition, ExchangeItem>
        {
            Rows = virtualHosts.ToAsyncEnumerable()
                .SelectMany(virtualHost => topology.ListExchangesAsync(virtualHost, request.Cancellation).Prepend(DefaultOf(virtualHost))),
            Name = static exchange => exchange.Id.Name,
            Expand = (exchanges, cancellation) => ItemsOfAsync(exchanges, !request.Flag("disable_stats"), cancellation),
            Type = ManagementJson.Default.ExchangeItem,
        });
    }

    private async Task<IResult> GetAsync(ApiRequest request)
    {
        var exchange = await RequireAsync(request);
        var item = (await ItemsOfAsync([exchange], withStatistics: true, request.Cancellation))[0];
        var outgoing = await activity.ReadRoutesFromAsync(exchange.Id, request.Cancellation);
        var incoming = ChannelFlows.IntoExchange(await activity.ListChannelsAsync(request.Cancellation), exchange.Id);
        return ApiResults.Json(request, item with { Incoming = incoming, Outgoing = [.. outgoing.Select(RouteItem.To)] }, ManagementJson.Default.ExchangeItem);
    }

    private async Task<IResult> PutAsync(ApiRequest request)
    {
        var id = new ExchangeId(await request.VirtualHostAsync(), request.ExchangeName("exchange"));
        var declaration = await request.ReadAsync(ManagementJson.Default.ExchangeDeclaration);
        var arguments = declaration.Arguments ?? FieldTable.Empty;
        await access.RequireAsync(request.User.Name, id, Permission.Configure, request.Cancellation);
        if (arguments["alternate-exchange"] is string alternate)
        {
            await access.RequireAsync(request.User.Name, id, Permission.Read, request.Cancellation);
            await access.RequireAsync(request.User.Name, id with { Name = alternate }, Permission.Write, request.Cancellation);
        }

        var isNew = await FindAsync(id, request.Cancellation) is null;
        await topology.DeclareExchangeAsync(
            new ExchangeDefinition
            {
                Id = id,
                Type = declaration.Type,
                Durable = declaration.Durable,
                AutoDelete = declaration.AutoDelete,
                Internal = declaration.Internal,
                Arguments = arguments,
            },
            request.Cancellation);
        return ApiResults.CreatedOrNot(isNew);
    }

    private async Task<IResult> DeleteAsync(ApiRequest request)
    {
        var exchange = await RequireAsync(request);
        await access.RequireAsync(request.User.Name, exchange.Id, Permission.Configure, request.Cancellation);
        await topology.DeleteExchangeAsync(exchange.Id, request.Flag("if-unused"), request.Cancellation);
        return ApiResults.NoContent;
    }

    private async ValueTask<IReadOnlyList<ExchangeItem>> ItemsOfAsync(
        IReadOnlyList<ExchangeDefinition> exchanges, bool withStatistics, CancellationToken cancellationToken)
    {
        var figures = withStatistics ? await activity.ReadExchangesAsync([.. exchanges.Select(static exchange => exchange.Id)], cancellationToken) : null;
        var items = new ExchangeItem[exchanges.Count];
        for (var i = 0; i < items.Length; i++)
        {
            var policy = await policies.OfAsync(exchanges[i], cancellationToken);
            items[i] = ExchangeItem.Of(exchanges[i], policy, figures?.GetValueOrDefault(exchanges[i].Id));
        }

        return items;
    }

    private async Task<ExchangeDefinition> RequireAsync(ApiRequest request) =>
        await FindAsync(new ExchangeId(await request.VirtualHostAsync(), request.ExchangeName("exchange")), request.Cancellation)
        ?? throw ApiException.NotFound();

    /// <summary>The default exchange, which has no row.</summary>
    private static ExchangeDefinition DefaultOf(string virtualHost) => new() { Id = new ExchangeId(virtualHost, ""), Type = "direct", Durable = true };

    private async Task<ExchangeDefinition?> FindAsync(ExchangeId id, CancellationToken cancellationToken)
    {
        if (id.Name.Length == 0)
        {
            return DefaultOf(id.VirtualHost);
        }

        try
        {
            return await topology.GetExchangeAsync(id, cancellationToken);
        }
        catch (BrokerException refusal) when (refusal.Code == ReplyCode.NotFound)
        {
            return null;
        }
    }
}
