using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace OrleansBroker.Management.Api;

/// <summary>An operation: who may ask for it, and what the OpenAPI document says of it.</summary>
internal sealed class ApiOperation(string method, string path, ApiAccess access, Func<ApiRequest, Task<IResult>> handler)
{
    public string Method => method;

    /// <summary>The path after <c>/api/</c>, with parameters in braces.</summary>
    public string Path => path;

    public ApiAccess Access => access;

    public Func<ApiRequest, Task<IResult>> Handler => handler;

    /// <summary>What it does, in a sentence.</summary>
    public string Summary { get; private set; } = "";

    /// <summary>What the body of the request is; null where there is none.</summary>
    public JsonTypeInfo? Takes { get; private set; }

    /// <summary>What the answer is; null where it has no body.</summary>
    public JsonTypeInfo? Returns { get; private set; }

    /// <summary>Whether the answer is a list, which takes the parameters of one.</summary>
    public bool IsList { get; private set; }

    public ApiOperation Describe(string summary, JsonTypeInfo? takes = null, JsonTypeInfo? returns = null)
    {
        (Summary, Takes, Returns) = (summary, takes, returns);
        return this;
    }

    public ApiOperation DescribeList(string summary, JsonTypeInfo item, JsonTypeInfo? takes = null)
    {
        (Summary, Takes, Returns, IsList) = (summary, takes, item, true);
        return this;
    }
}
