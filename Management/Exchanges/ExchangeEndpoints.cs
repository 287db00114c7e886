using Microsoft.AspNetCore.Http;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Management.Api;
using OrleansBroker.Management.Json;
using OrleansBroker.Management.Listing;

namespace OrleansBroker.Management.Exchanges;

/// <summary>Exchanges.</summary>
internal sealed class ExchangeEndpoints(ITopology topology, IAccessControl access) : IApiArea
{
    public void Map(ApiRoutes routes)
    {
        var item = ManagementJson.Default.ExchangeItem;
        routes.Get("exchanges", ListAsync).DescribeList("The exchanges of all virtual hosts.", item);
        routes.Get("exchanges/{vhost}", ListAsync).DescribeList("The exchanges of a virtual host.", item);
        routes.Get("exchanges/{vhost}/{exchange}", GetAsync).Describe("An exchange.", returns: item);
        routes.Put("exchanges/{vhost}/{exchange}", PutAsync).Describe("Declares an exchange.", ManagementJson.Default.ExchangeDeclaration);
        routes.Delete("exchanges/{vhost}/{exchange}", DeleteAsync).Describe("Deletes an exchange with its bindings; with if-unused=true only one that has none.");
    }

    private async Task<IResult> ListAsync(ApiRequest request)
    {
        var exchanges = (await request.VirtualHostsAsync()).ToAsyncEnumerable()
            .SelectMany(virtualHost => topology.ListExchangesAsync(virtualHost, request.Cancellation).Prepend(DefaultOf(virtualHost)))
            .Select(ExchangeItem.Of);
        return Lists.Answer(request, ListSource.Of(exchanges, static exchange => exchange.Name, ManagementJson.Default.ExchangeItem));
    }

    private async Task<IResult> GetAsync(ApiRequest request) =>
        ApiResults.Json(request, ExchangeItem.Of(await RequireAsync(request)), ManagementJson.Default.ExchangeItem);

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
