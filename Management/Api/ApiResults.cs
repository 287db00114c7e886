using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using OrleansBroker.Management.Json;
using OrleansBroker.Management.Listing;

namespace OrleansBroker.Management.Api;

/// <summary>The answers.</summary>
internal static class ApiResults
{
    /// <summary>How all JSON is written. Quotes in reasons stay readable: the content type and <c>nosniff</c> keep it from being taken for HTML.</summary>
    public static JsonWriterOptions Writing { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>201: it is there now.</summary>
    public static IResult Created { get; } = new StatusResult(StatusCodes.Status201Created);

    /// <summary>204: done, or as it was.</summary>
    public static IResult NoContent { get; } = new StatusResult(StatusCodes.Status204NoContent);

    /// <summary>401 for a request without credentials.</summary>
    public static IResult Unauthenticated { get; } = new StatusResult(StatusCodes.Status401Unauthorized, HeaderNames.WWWAuthenticate, BasicCredentials.Challenge);

    /// <summary>201 for what was new, 204 for what was there.</summary>
    public static IResult CreatedOrNot(bool created) => created ? Created : NoContent;

    /// <summary>201 and where it is, relative to the path that was posted to.</summary>
    public static IResult CreatedAt(string location) => new StatusResult(StatusCodes.Status201Created, HeaderNames.Location, location);

    /// <summary>A value, of which the query's <c>columns</c> choose.</summary>
    public static IResult Json<T>(ApiRequest request, T value, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK)
    {
        var columns = Columns.Parse(request.Query("columns"));
        return new JsonResult(status, writer =>
        {
            if (columns is null)
            {
                JsonSerializer.Serialize(writer, value, type);
            }
            else
            {
                columns.Select(JsonSerializer.SerializeToNode(value, type))!.WriteTo(writer);
            }
        });
    }

    /// <summary>A refusal.</summary>
    public static IResult Failure(ApiException refusal) => new JsonResult(refusal.Status, writer =>
        JsonSerializer.Serialize(writer, new ApiFailure(refusal.Error, refusal.Reason), ManagementJson.Default.ApiFailure));

    private sealed class StatusResult(int status, string? header = null, string? value = null) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = status;
            if (header is not null)
            {
                httpContext.Response.Headers[header] = value;
            }

            return Task.CompletedTask;
        }
    }

    private sealed class JsonResult(int status, Action<Utf8JsonWriter> write) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var body = new ArrayBufferWriter<byte>(1024);
            await using (var writer = new Utf8JsonWriter(body, Writing))
            {
                write(writer);
            }

            var response = httpContext.Response;
            response.StatusCode = status;
            response.ContentType = "application/json";
            response.ContentLength = body.WrittenCount;
            await response.Body.WriteAsync(body.WrittenMemory, httpContext.RequestAborted);
        }
    }
}

/// <summary>The body of a refusal.</summary>
internal sealed record ApiFailure(string Error, string Reason);
