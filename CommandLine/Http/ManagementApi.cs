using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OrleansBroker.CommandLine.Invocations;

namespace OrleansBroker.CommandLine.Http;

/// <summary>The HTTP API of the broker, RabbitMQ's paths and bodies.</summary>
internal sealed class ManagementApi : IDisposable
{
    private readonly HttpClient _client;
    private readonly Target _target;

    public ManagementApi(Target target, TimeSpan? timeout = null)
    {
        _target = target;
        _client = new HttpClient { Timeout = timeout ?? TimeSpan.FromSeconds(100) };
        var credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{target.User}:{target.Password}"));
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", credentials);
    }

    /// <summary>A path below <c>/api</c> of names, each of which may have any character.</summary>
    public static string Path(params IEnumerable<string> names) => string.Join('/', names.Select(Escaped));

    public void Dispose() => _client.Dispose();

    /// <summary>The value there; a failure where there is none.</summary>
    public async Task<JsonNode?> GetAsync(string path, CancellationToken cancellationToken) =>
        await SendAsync(HttpMethod.Get, path, null, cancellationToken);

    /// <summary>The list there.</summary>
    public async Task<IReadOnlyList<JsonNode?>> ListAsync(string path, CancellationToken cancellationToken) =>
        await GetAsync(path, cancellationToken) switch
        {
            JsonArray list => [.. list],
            JsonObject page when page["items"] is JsonArray items => [.. items],
            _ => throw new CommandFailure($"{_target.Url} answered {path} with something that is no list."),
        };

    public async Task PutAsync(string path, JsonNode? body, CancellationToken cancellationToken) =>
        await SendAsync(HttpMethod.Put, path, body ?? new JsonObject(), cancellationToken);

    public async Task<JsonNode?> PostAsync(string path, JsonNode? body, CancellationToken cancellationToken) =>
        await SendAsync(HttpMethod.Post, path, body ?? new JsonObject(), cancellationToken);

    public async Task DeleteAsync(string path, CancellationToken cancellationToken, string? reason = null) =>
        await SendAsync(HttpMethod.Delete, path, null, cancellationToken, reason);

    /// <summary>The status and the body, whatever they are; for answers that say something when they are refusals.</summary>
    public async Task<(HttpStatusCode Status, JsonNode? Body)> AskAsync(string path, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Address(path));
        using var response = await _client.SendAsync(request, cancellationToken);
        return (response.StatusCode, Parsed(await response.Content.ReadAsStringAsync(cancellationToken)));
    }

    private static JsonNode? Parsed(string text)
    {
        try
        {
            return text.Length == 0 ? null : JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // EscapeDataString leaves dots alone, and a name that is . or .. would be taken for a step in the path by what stands in between.
    private static string Escaped(string name) => name is "." or ".." ? name.Replace(".", "%2E", StringComparison.Ordinal) : Uri.EscapeDataString(name);

    private async Task<JsonNode?> SendAsync(
        HttpMethod method, string path, JsonNode? body, CancellationToken cancellationToken, string? reason = null)
    {
        using var request = new HttpRequestMessage(method, Address(path));
        if (reason is not null)
        {
            request.Headers.TryAddWithoutValidation("X-Reason", reason);
        }

        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        }

        using var response = await _client.SendAsync(request, cancellationToken);
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            throw Refusal(response.StatusCode, path, Parsed(text));
        }

        return text.Length == 0 ? null
            : Parsed(text) ?? throw new CommandFailure($"{_target.Url} is no HTTP API of a broker: it answered /api/{path} with something that is no JSON.");
    }

    private CommandFailure Refusal(HttpStatusCode status, string path, JsonNode? body)
    {
        var reason = (body as JsonObject)?["reason"] is { } value ? value.ToString() : null;
        return status switch
        {
            HttpStatusCode.Unauthorized => new CommandFailure(
                $"{_target.Url} refused user '{_target.User}': {reason ?? "the name or the password is wrong"}"),
            HttpStatusCode.NotFound => new CommandFailure($"There is no /api/{path}{(reason is null or "Not Found" ? "" : ": " + reason)}"),
            _ => new CommandFailure($"Refused with {(int)status}: {reason ?? status.ToString()}"),
        };
    }

    // The escapes stay as they are written: %2F is a virtual host's name, not a step in the path.
    private Uri Address(string path) => new(
        $"{_target.Url.GetLeftPart(UriPartial.Path).TrimEnd('/')}/api/{path}",
        new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
}
