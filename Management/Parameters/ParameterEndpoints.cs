using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using OrleansBroker.Grains.Interfaces.Parameters;
using OrleansBroker.Grains.Interfaces.Policies;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Management.Api;
using OrleansBroker.Management.Json;
using OrleansBroker.Management.Listing;

namespace OrleansBroker.Management.Parameters;

/// <summary>Parameters and global parameters (row 3.19).</summary>
internal sealed class ParameterEndpoints(IParameters parameters, IPolicies policies, IVirtualHosts virtualHosts) : IApiArea
{
    public void Map(ApiRoutes routes)
    {
        const ApiAccess Maker = ApiAccess.Policymaker;
        routes.Get("parameters", ListAsync, Maker).DescribeList("All parameters that the user may see.", ParameterJson.Default.ParameterItem);
        routes.Get("parameters/{component}", ListAsync, Maker).DescribeList("A component's parameters.", ParameterJson.Default.ParameterItem);
        routes.Get("parameters/{component}/{vhost}", ListAsync, Maker)
            .DescribeList("A component's parameters in a virtual host.", ParameterJson.Default.ParameterItem);
        routes.Get("parameters/{component}/{vhost}/{name}", GetAsync, Maker).Describe("A parameter.", returns: ParameterJson.Default.ParameterItem);
        routes.Put("parameters/{component}/{vhost}/{name}", PutAsync, Maker).Describe("Sets a parameter.");
        routes.Delete("parameters/{component}/{vhost}/{name}", DeleteAsync, Maker).Describe("Deletes a parameter.");
        routes.Get("global-parameters", ListGlobalAsync, Maker).DescribeList("All global parameters.", ParameterJson.Default.GlobalParameterItem);
        routes.Get("global-parameters/{name}", GetGlobalAsync, Maker).Describe("A global parameter.", returns: ParameterJson.Default.GlobalParameterItem);
        routes.Put("global-parameters/{name}", PutGlobalAsync, Maker).Describe("Sets a global parameter.");
        routes.Delete("global-parameters/{name}", DeleteGlobalAsync, Maker).Describe("Deletes a global parameter.");
    }

    /// <summary>All parameters, and what RabbitMQ keeps as some.</summary>
    public async IAsyncEnumerable<ParameterItem> AllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var policy in await policies.ListAsync(PolicyKind.OperatorPolicy, null, cancellationToken))
        {
            yield return KnownComponents.Of(policy);
        }

        foreach (var host in await virtualHosts.ListAsync(cancellationToken))
        {
            if (host.Limits.Count > 0)
            {
                yield return KnownComponents.Of(host);
            }
        }

        await foreach (var parameter in parameters.ListAsync(cancellationToken))
        {
            yield return ParameterItem.Of(parameter);
        }
    }

    private async Task<IResult> ListAsync(ApiRequest request)
    {
        var visible = (await request.VirtualHostsAsync()).ToHashSet(StringComparer.Ordinal);
        var component = request.HasName("component") ? request.Name("component") : null;
        var found = AllAsync(request.Cancellation).Where(item => visible.Contains(item.VirtualHost) && (component is null || item.Component == component));
        return Lists.Answer(request, ListSource.Of(found, item => item.Name, ParameterJson.Default.ParameterItem));
    }

    private async Task<IResult> GetAsync(ApiRequest request)
    {
        var (virtualHost, component, name) = (await request.VirtualHostAsync(), request.Name("component"), request.Name("name"));
        var found = await AllAsync(request.Cancellation)
            .FirstOrDefaultAsync(item => item.VirtualHost == virtualHost && item.Component == component && item.Name == name, request.Cancellation);
        return found is null ? throw ApiException.NotFound() : ApiResults.Json(request, found, ParameterJson.Default.ParameterItem);
    }

    private async Task<IResult> PutAsync(ApiRequest request)
    {
        var body = await JsonBody.ReadAsync(request);
        body.Require("value");
        var parameter = new Parameter(await request.VirtualHostAsync(), Component(request), request.Name("name"), body.Find("value")!.Value);
        return ApiResults.CreatedOrNot(await parameters.PutAsync([parameter], request.Cancellation));
    }

    private async Task<IResult> DeleteAsync(ApiRequest request) =>
        await parameters.DeleteAsync(await request.VirtualHostAsync(), Component(request), request.Name("name"), request.Cancellation)
            ? ApiResults.NoContent
            : throw ApiException.NotFound();

    private Task<IResult> ListGlobalAsync(ApiRequest request) => Task.FromResult(Lists.Answer(request, ListSource.Of(
        parameters.ListGlobalAsync(request.Cancellation).Select(GlobalParameterItem.Of), item => item.Name, ParameterJson.Default.GlobalParameterItem)));

    private async Task<IResult> GetGlobalAsync(ApiRequest request)
    {
        var found = await parameters.FindAsync(null, "", request.Name("name"), request.Cancellation);
        return found is null ? throw ApiException.NotFound() : ApiResults.Json(request, GlobalParameterItem.Of(found), ParameterJson.Default.GlobalParameterItem);
    }

    private async Task<IResult> PutGlobalAsync(ApiRequest request)
    {
        var body = await JsonBody.ReadAsync(request);
        body.Require("value");
        return ApiResults.CreatedOrNot(await parameters.PutAsync([new Parameter(null, "", request.Name("name"), body.Find("value")!.Value)], request.Cancellation));
    }

    private async Task<IResult> DeleteGlobalAsync(ApiRequest request) =>
        await parameters.DeleteAsync(null, "", request.Name("name"), request.Cancellation) ? ApiResults.NoContent : throw ApiException.NotFound();

    private static string Component(ApiRequest request) => request.Name("component") is var component && !KnownComponents.Has(component)
        ? component
        : throw ApiException.BadRequest($"component {component} has a path of its own: policies, operator-policies, vhost-limits");
}
