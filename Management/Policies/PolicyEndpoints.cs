using Microsoft.AspNetCore.Http;
using OrleansBroker.Grains.Interfaces.Policies;
using OrleansBroker.Management.Api;
using OrleansBroker.Management.Json;
using OrleansBroker.Management.Listing;

namespace OrleansBroker.Management.Policies;

/// <summary>Policies and operator policies (rows 3.15 and 3.16).</summary>
internal sealed class PolicyEndpoints(IPolicies policies) : IApiArea
{
    public void Map(ApiRoutes routes)
    {
        Map(routes, "policies", PolicyKind.Policy, ApiAccess.Management, ApiAccess.Policymaker);
        Map(routes, "operator-policies", PolicyKind.OperatorPolicy, ApiAccess.Policymaker, ApiAccess.Administrator);
    }

    private void Map(ApiRoutes routes, string path, PolicyKind kind, ApiAccess read, ApiAccess write)
    {
        routes.Get(path, request => ListAsync(request, kind), read).DescribeList("All policies that the user may see.", PolicyJson.Default.PolicyItem);
        routes.Get($"{path}/{{vhost}}", request => ListAsync(request, kind), read).DescribeList("A virtual host's policies.", PolicyJson.Default.PolicyItem);
        routes.Get($"{path}/{{vhost}}/{{name}}", request => GetAsync(request, kind), read).Describe("A policy.", returns: PolicyJson.Default.PolicyItem);
        routes.Put($"{path}/{{vhost}}/{{name}}", request => PutAsync(request, kind), write).Describe("Creates or changes a policy.");
        routes.Delete($"{path}/{{vhost}}/{{name}}", request => DeleteAsync(request, kind), write).Describe("Deletes a policy.");
    }

    private async Task<IResult> ListAsync(ApiRequest request, PolicyKind kind)
    {
        var visible = (await request.VirtualHostsAsync()).ToHashSet(StringComparer.Ordinal);
        var found = (await policies.ListAsync(kind, null, request.Cancellation)).Where(policy => visible.Contains(policy.VirtualHost)).Select(PolicyItem.Of);
        return Lists.Answer(request, ListSource.Of(found, policy => policy.Name, PolicyJson.Default.PolicyItem));
    }

    private async Task<IResult> GetAsync(ApiRequest request, PolicyKind kind)
    {
        var found = await policies.FindAsync(kind, await request.VirtualHostAsync(), request.Name("name"), request.Cancellation);
        return found is null ? throw ApiException.NotFound() : ApiResults.Json(request, PolicyItem.Of(found), PolicyJson.Default.PolicyItem);
    }

    private async Task<IResult> PutAsync(ApiRequest request, PolicyKind kind)
    {
        var virtualHost = await request.VirtualHostAsync();
        var policy = PolicyBodies.Of(kind, virtualHost, request.Name("name"), await JsonBody.ReadAsync(request));
        return ApiResults.CreatedOrNot(await policies.PutAsync([policy], request.Cancellation));
    }

    private async Task<IResult> DeleteAsync(ApiRequest request, PolicyKind kind) =>
        await policies.DeleteAsync(kind, await request.VirtualHostAsync(), request.Name("name"), request.Cancellation)
            ? ApiResults.NoContent
            : throw ApiException.NotFound();
}
