using Microsoft.AspNetCore.Http;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Management.Api;
using OrleansBroker.Management.Json;
using OrleansBroker.Management.Listing;

namespace OrleansBroker.Management.VirtualHosts;

/// <summary>Virtual hosts and their limits (rows 3.10 and 3.18).</summary>
internal sealed class VirtualHostEndpoints(IVirtualHosts virtualHosts, IUsers users) : IApiArea
{
    public void Map(ApiRoutes routes)
    {
        const ApiAccess Admin = ApiAccess.Administrator;
        routes.Get("vhosts", ListAsync).DescribeList("All virtual hosts that the user may enter.", VirtualHostJson.Default.VirtualHostItem);
        routes.Get("vhosts/{vhost}", GetAsync).Describe("A virtual host.", returns: VirtualHostJson.Default.VirtualHostItem);
        routes.Put("vhosts/{vhost}", PutAsync, Admin).Describe("Creates or changes a virtual host.");
        routes.Delete("vhosts/{vhost}", DeleteAsync, Admin).Describe("Deletes a virtual host with all that is in it.");
        routes.Post("vhosts/{vhost}/start/{node}", StartAsync, Admin).Describe("Starts a virtual host, which always runs here.");
        routes.Post("vhosts/{vhost}/deletion/protection", request => ProtectAsync(request, true), Admin).Describe("Protects a virtual host from deletion.");
        routes.Delete("vhosts/{vhost}/deletion/protection", request => ProtectAsync(request, false), Admin).Describe("Lets a virtual host be deleted.");
        routes.Get("vhost-limits", ListLimitsAsync).DescribeList("The limits of virtual hosts that have any.", VirtualHostJson.Default.VirtualHostLimitItem);
        routes.Get("vhost-limits/{vhost}", ListLimitsAsync).DescribeList("A virtual host's limits.", VirtualHostJson.Default.VirtualHostLimitItem);
        routes.Put("vhost-limits/{vhost}/{limit}", PutLimitAsync, Admin).Describe("Sets a limit of a virtual host.");
        routes.Delete("vhost-limits/{vhost}/{limit}", DeleteLimitAsync, Admin).Describe("Removes a limit of a virtual host.");
    }

    private async Task<IResult> ListAsync(ApiRequest request)
    {
        var found = (await VisibleAsync(request)).Select(VirtualHostItem.Of);
        return Lists.Answer(request, ListSource.Of(found, host => host.Name, VirtualHostJson.Default.VirtualHostItem));
    }

    private async Task<IResult> GetAsync(ApiRequest request) =>
        ApiResults.Json(request, VirtualHostItem.Of(await RequireAsync(request)), VirtualHostJson.Default.VirtualHostItem);

    private async Task<IResult> PutAsync(ApiRequest request)
    {
        var name = request.Name("vhost");
        var body = await JsonBody.ReadAsync(request);
        var before = await virtualHosts.FindAsync(name, request.Cancellation);
        var isNew = await virtualHosts.PutAsync(VirtualHostBodies.Of(name, body, before), request.Cancellation);
        if (isNew && await users.FindAsync(request.User.Name, request.Cancellation) is { IsConfigured: false })
        {
            // Who makes one may use it, as RabbitMQ has it.
            await users.PutPermissionsAsync(
                [new PermissionDefinition { User = request.User.Name, VirtualHost = name, Configure = ".*", Write = ".*", Read = ".*" }], request.Cancellation);
        }

        return ApiResults.CreatedOrNot(isNew);
    }

    private async Task<IResult> DeleteAsync(ApiRequest request)
    {
        var virtualHost = await virtualHosts.FindAsync(request.Name("vhost"), request.Cancellation) ?? throw ApiException.NotFound();
        if (virtualHost.IsProtected)
        {
            throw new ApiException(StatusCodes.Status412PreconditionFailed, "precondition_failed", $"Cannot delete protected virtual host '{virtualHost.Name}'");
        }

        return await virtualHosts.DeleteAsync(virtualHost.Name, request.Cancellation) ? ApiResults.NoContent : throw ApiException.NotFound();
    }

    private async Task<IResult> StartAsync(ApiRequest request)
    {
        await RequireAsync(request);
        return ApiResults.NoContent;
    }

    private async Task<IResult> ProtectAsync(ApiRequest request, bool isProtected)
    {
        await virtualHosts.PutAsync(await RequireAsync(request) with { IsProtected = isProtected }, request.Cancellation);
        return ApiResults.NoContent;
    }

    private async Task<IResult> ListLimitsAsync(ApiRequest request)
    {
        var limited = (await VisibleAsync(request)).Where(host => host.Limits.Count > 0).Select(host => new VirtualHostLimitItem(host.Name, host.Limits));
        return Lists.Answer(request, ListSource.Of(limited, item => item.VirtualHost, VirtualHostJson.Default.VirtualHostLimitItem));
    }

    private async Task<IResult> PutLimitAsync(ApiRequest request)
    {
        var body = await JsonBody.ReadAsync(request);
        body.Require("value");
        var host = await RequireAsync(request);
        var name = request.Name("limit");
        var limits = new SortedDictionary<string, long>(host.Limits.ToDictionary(), StringComparer.Ordinal) { [name] = JsonBody.Number(name, body.Find("value")!.Value) };
        await virtualHosts.PutAsync(host with { Limits = limits }, request.Cancellation);
        return ApiResults.NoContent;
    }

    private async Task<IResult> DeleteLimitAsync(ApiRequest request)
    {
        var host = await RequireAsync(request);
        var limits = host.Limits.Where(limit => limit.Key != request.Name("limit")).ToDictionary();
        if (limits.Count < host.Limits.Count)
        {
            await virtualHosts.PutAsync(host with { Limits = limits }, request.Cancellation);
        }

        return ApiResults.NoContent;
    }

    private async Task<VirtualHostDefinition> RequireAsync(ApiRequest request) =>
        await virtualHosts.FindAsync(await request.VirtualHostAsync(), request.Cancellation) ?? throw ApiException.NotFound();

    private async Task<IReadOnlyList<VirtualHostDefinition>> VisibleAsync(ApiRequest request)
    {
        var names = (await request.VirtualHostsAsync()).ToHashSet(StringComparer.Ordinal);
        return [.. (await virtualHosts.ListAsync(request.Cancellation)).Where(host => names.Contains(host.Name))];
    }
}
