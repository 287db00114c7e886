using Microsoft.AspNetCore.Http;
using OrleansBroker.Management.Api;
using OrleansBroker.Management.Json;

namespace OrleansBroker.Management.Overview;

/// <summary>Who asks, and how one logs in.</summary>
internal sealed class IdentityEndpoints : IApiArea
{
    public void Map(ApiRoutes routes)
    {
        routes.Get("whoami", WhoAmIAsync).Describe("The user who asks.", returns: ManagementJson.Default.WhoAmI);
        routes.Get("auth", AuthAsync, ApiAccess.Anonymous).Describe("How one logs in: with name and password.", returns: ManagementJson.Default.AuthItem);
    }

    private static Task<IResult> AuthAsync(ApiRequest request) =>
        Task.FromResult(ApiResults.Json(request, new AuthItem(), ManagementJson.Default.AuthItem));

    private static Task<IResult> WhoAmIAsync(ApiRequest request) => Task.FromResult(ApiResults.Json(
        request, new WhoAmI(request.User.Name, request.User.Tags), ManagementJson.Default.WhoAmI));
}
