using Microsoft.AspNetCore.Http;
using OrleansBroker.Management.Api;
using OrleansBroker.Management.Json;

namespace OrleansBroker.Management.Overview;

/// <summary>Who asks, and how one logs in.</summary>
internal sealed class IdentityEndpoints : IApiArea
{
    public void Map(ApiRoutes routes) =>
        routes.Get("whoami", WhoAmIAsync).Describe("The user who asks.", returns: ManagementJson.Default.WhoAmI);

    private static Task<IResult> WhoAmIAsync(ApiRequest request) => Task.FromResult(ApiResults.Json(
        request, new WhoAmI(request.User.Name, request.User.Tags), ManagementJson.Default.WhoAmI));
}
