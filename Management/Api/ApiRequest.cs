using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Management.Api;

/// <summary>A request of a user who has logged in.</summary>
internal sealed class ApiRequest(HttpContext http, ApiUser user, IReadOnlyDictionary<string, string> names, ITopology topology, IAccessControl access, TimeProvider time)
{
    // The names under which RabbitMQ's API knows the default exchange, which has none.
    private const string DefaultExchange = "amq.default";

    public HttpContext Http => http;

    public ApiUser User => user;

    public DateTimeOffset Now => time.GetUtcNow();

    public CancellationToken Cancellation => http.RequestAborted;

    /// <summary>A parameter of the path.</summary>
    public string Name(string parameter) => names[parameter];

    /// <summary>Whether the path has the parameter.</summary>
    public bool Has(string parameter) => names.ContainsKey(parameter);

    /// <summary>A parameter of the path that names an exchange.</summary>
    public string ExchangeName(string parameter) => names[parameter] is var name && name == DefaultExchange ? "" : name;

    /// <summary>A parameter of the query; null where it is missing.</summary>
    public string? Query(string name) => http.Request.Query.TryGetValue(name, out var values) ? values[^1] : null;

    /// <summary>A parameter of the query that is true or false; false where it is missing.</summary>
    public bool Flag(string name) => Query(name) == "true";

    /// <summary>The virtual host that the path names: it is there, and the user may act in it.</summary>
    /// <exception cref="ApiException">It is not (404), or the user may not (401).</exception>
    public async Task<string> VirtualHostAsync(string parameter = "vhost")
    {
        var virtualHost = Name(parameter);
        if (!await topology.VirtualHostExistsAsync(virtualHost, Cancellation))
        {
            throw HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method)
                ? ApiException.NotFound()
                : ApiException.NotFound("vhost_not_found");
        }

        return await MayEnterAsync(virtualHost) ? virtualHost : throw ApiException.NotAuthorised("User not authorised to access virtual host");
    }

    /// <summary>Whether the user may see what is in the virtual host: an administrator, or somebody with a permission there.</summary>
    public async ValueTask<bool> MayEnterAsync(string virtualHost) =>
        user.IsAdministrator || await access.MayEnterAsync(user.Name, virtualHost, Cancellation);

    /// <summary>
    /// The virtual hosts whose contents the user may see, in their order; one alone where the path names it. An administrator sees
    /// all; everybody else those where they have a permission.
    /// </summary>
    public async Task<IReadOnlyList<string>> VirtualHostsAsync()
    {
        if (Has("vhost"))
        {
            return [await VirtualHostAsync()];
        }

        var visible = new List<string>();
        await foreach (var virtualHost in topology.ListVirtualHostsAsync(Cancellation))
        {
            if (await MayEnterAsync(virtualHost))
            {
                visible.Add(virtualHost);
            }
        }

        return visible;
    }

    /// <summary>The body; one that is empty or <c>null</c> counts as an object without members.</summary>
    /// <exception cref="ApiException">It is no JSON object, or a member is not what it should be (400).</exception>
    public async Task<T> ReadAsync<T>(JsonTypeInfo<T> type)
    {
        using var document = await ReadDocumentAsync();
        try
        {
            return document.RootElement.Deserialize(type)!;
        }
        catch (JsonException failure)
        {
            throw ApiException.BadRequest($"{failure.Path?.TrimStart('$', '.')}: {(failure.InnerException ?? failure).Message}");
        }
    }

    private async Task<JsonDocument> ReadDocumentAsync()
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, Cancellation);
        if (body.Length == 0)
        {
            return JsonDocument.Parse("{}");
        }

        JsonDocument document;
        try
        {
            body.Position = 0;
            document = await JsonDocument.ParseAsync(body, default, Cancellation);
        }
        catch (JsonException)
        {
            throw ApiException.BadRequest("not_json");
        }

        if (document.RootElement.ValueKind == JsonValueKind.Object)
        {
            return document;
        }

        var isNull = document.RootElement.ValueKind == JsonValueKind.Null;
        document.Dispose();
        return isNull ? JsonDocument.Parse("{}") : throw ApiException.BadRequest("not_json");
    }
}
