using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace OrleansBroker.Management.Api;

/// <summary>
/// Where areas add their operations. A path stands for what comes after <c>/api/</c>; a parameter in braces is one segment, decoded once,
/// so that <c>%2F</c> is a slash in a name. The handler runs when the user has logged in and has the tag.
/// </summary>
internal sealed class ApiRoutes(IEndpointRouteBuilder endpoints, string root, ApiPipeline pipeline)
{
    private readonly List<ApiOperation> _operations = [];

    /// <summary>All that were added.</summary>
    public IReadOnlyList<ApiOperation> Operations => _operations;

    public ApiOperation Get(string path, Func<ApiRequest, Task<IResult>> handler, ApiAccess access = ApiAccess.Management) =>
        Add(HttpMethods.Get, path, handler, access);

    public ApiOperation Put(string path, Func<ApiRequest, Task<IResult>> handler, ApiAccess access = ApiAccess.Management) =>
        Add(HttpMethods.Put, path, handler, access);

    public ApiOperation Post(string path, Func<ApiRequest, Task<IResult>> handler, ApiAccess access = ApiAccess.Management) =>
        Add(HttpMethods.Post, path, handler, access);

    public ApiOperation Delete(string path, Func<ApiRequest, Task<IResult>> handler, ApiAccess access = ApiAccess.Management) =>
        Add(HttpMethods.Delete, path, handler, access);

    private ApiOperation Add(string method, string path, Func<ApiRequest, Task<IResult>> handler, ApiAccess access)
    {
        var operation = new ApiOperation(method, path, access, handler);
        _operations.Add(operation);
        string[] methods = method == HttpMethods.Get ? [HttpMethods.Get, HttpMethods.Head] : [method];
        endpoints.MapMethods($"{root}/{path}", methods, context => pipeline.RunAsync(context, operation)).WithMetadata(operation);
        return operation;
    }
}
