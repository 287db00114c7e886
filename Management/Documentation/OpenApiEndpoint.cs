using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using OrleansBroker.Management.Api;
using OrleansBroker.Management.Json;

namespace OrleansBroker.Management.Documentation;

/// <summary>Serves the OpenAPI document. It says nothing of this broker's contents, and needs no login.</summary>
internal sealed class OpenApiEndpoint(ManagementOptions options) : IApiArea
{
    public void Map(ApiRoutes routes)
    {
        var document = new Lazy<JsonObject>(() => OpenApiDocument.Of(
            routes.Operations, options.PathPrefix + "/api", typeof(OpenApiEndpoint).Assembly.GetName().Version!.ToString(3)));
        routes.Get("openapi.json", Answer, ApiAccess.Anonymous).Describe("This document.", returns: ManagementJson.Default.JsonObject);

        Task<IResult> Answer(ApiRequest request) =>
            Task.FromResult(ApiResults.Json(request, document.Value, ManagementJson.Default.JsonObject));
    }
}
