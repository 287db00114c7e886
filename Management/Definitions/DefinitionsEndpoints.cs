using System.Text.Json;
using Microsoft.AspNetCore.Http;
using OrleansBroker.Management.Api;

namespace OrleansBroker.Management.Definitions;

/// <summary>Definitions out and in (row 3.20).</summary>
internal sealed class DefinitionsEndpoints(DefinitionSources sources, DefinitionsImport import) : IApiArea
{
    public void Map(ApiRoutes routes)
    {
        const ApiAccess Admin = ApiAccess.Administrator;
        routes.Get("definitions", _ => Task.FromResult<IResult>(new DefinitionsExport(sources, null)), Admin).Describe("All definitions.");
        routes.Post("definitions", ImportAsync, Admin).Describe("Takes definitions in.");
        // The name that they had before.
        routes.Get("all-configuration", _ => Task.FromResult<IResult>(new DefinitionsExport(sources, null)), Admin).Describe("All definitions.");
        routes.Post("all-configuration", ImportAsync, Admin).Describe("Takes definitions in.");
        routes.Get("definitions/{vhost}", async request => new DefinitionsExport(sources, await request.VirtualHostAsync()), Admin)
            .Describe("A virtual host's definitions.");
        routes.Post("definitions/{vhost}", ImportAsync, Admin).Describe("Takes definitions into a virtual host.");
    }

    private async Task<IResult> ImportAsync(ApiRequest request)
    {
        var virtualHost = request.Has("vhost") ? await request.VirtualHostAsync() : null;
        using var document = await ReadAsync(request);
        await import.RunAsync(document.RootElement, virtualHost, request.Cancellation);
        return ApiResults.NoContent;
    }

    /// <summary>The body as it is, or the part <c>file</c> of a form, as browsers and rabbitmqadmin send it.</summary>
    private static async Task<JsonDocument> ReadAsync(ApiRequest request)
    {
        try
        {
            if (!request.Http.Request.HasFormContentType)
            {
                return await JsonDocument.ParseAsync(request.Http.Request.Body, default, request.Cancellation);
            }

            var form = await request.Http.Request.ReadFormAsync(request.Cancellation);
            if (form.Files.GetFile("file") is { } file)
            {
                await using var content = file.OpenReadStream();
                return await JsonDocument.ParseAsync(content, default, request.Cancellation);
            }

            return JsonDocument.Parse(form["file"].ToString());
        }
        catch (Exception failure) when (failure is JsonException or InvalidDataException)
        {
            throw ApiException.BadRequest("failed_to_parse_json");
        }
    }
}
