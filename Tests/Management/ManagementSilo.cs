using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using OrleansBroker.Tests.Gateway.Wire;

namespace OrleansBroker.Tests.Management;

/// <summary>The server as it is shipped, with users of every tag and a client for its HTTP API.</summary>
public sealed class ManagementSilo : GatewaySilo, IDisposable
{
    private readonly HttpClient _client = new();

    protected override IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>
    {
        ["Broker:Management:RefusalDelay"] = "00:00:00",
        ["Broker:Access:Users:guest:Tags"] = "administrator",
        ["Broker:Access:Users:watcher:Password"] = "watcher",
        ["Broker:Access:Users:watcher:Tags"] = "monitoring",
        ["Broker:Access:Users:watcher:Permissions:/:Read"] = ".*",
        ["Broker:Access:Users:maker:Password"] = "maker",
        ["Broker:Access:Users:maker:Tags"] = "policymaker",
        ["Broker:Access:Users:maker:Permissions:/:Read"] = ".*",
        ["Broker:Access:Users:user:Password"] = "user",
        ["Broker:Access:Users:user:Tags"] = "management",
        ["Broker:Access:Users:user:Permissions:/:Configure"] = "^mine",
        ["Broker:Access:Users:user:Permissions:/:Write"] = "^mine",
        ["Broker:Access:Users:user:Permissions:/:Read"] = "^mine",
        ["Broker:Access:Users:local:Password"] = "local",
        ["Broker:Access:Users:local:Tags"] = "management",
        ["Broker:Access:Users:local:LoopbackOnly"] = "true",
    };

    public void Dispose() => _client.Dispose();

    /// <summary>The answer to a request; as <c>guest</c> where no user is named, whose password is the name.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, object? body = null, string? user = "guest", params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, Address(path));
        if (user is not null)
        {
            var credentials = user.Contains(':', StringComparison.Ordinal) ? user : $"{user}:{user}";
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials)));
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        request.Content = body switch
        {
            null => null,
            string text => new StringContent(text, Encoding.UTF8, "application/json"),
            _ => JsonContent.Create(body, body.GetType()),
        };
        return await _client.SendAsync(request);
    }

    /// <summary>The value of a GET that succeeds.</summary>
    public async Task<JsonNode> GetAsync(string path, string user = "guest")
    {
        using var response = await SendAsync(HttpMethod.Get, path, user: user);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{path}: {(int)response.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }

    /// <summary>The status of a request.</summary>
    public async Task<HttpStatusCode> StatusAsync(HttpMethod method, string path, object? body = null, string? user = "guest")
    {
        using var response = await SendAsync(method, path, body, user);
        return response.StatusCode;
    }

    /// <summary>The status of a request that is refused, and its body.</summary>
    public async Task<(int Status, string Error, string Reason)> RefusalAsync(HttpMethod method, string path, object? body = null, string? user = "guest")
    {
        using var response = await SendAsync(method, path, body, user);
        var failure = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        return ((int)response.StatusCode, (string)failure["error"]!, (string)failure["reason"]!);
    }

    /// <summary>The address, whose escapes stay as they are written.</summary>
    private Uri Address(string path) => new(
        string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{HttpPort}/api/{path}"),
        new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
}

[CollectionDefinition(Name)]
public sealed class OneManagement : ICollectionFixture<ManagementSilo>
{
    public const string Name = "one management";
}
