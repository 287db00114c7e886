using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using OrleansBroker.Tests.Gateway.Wire;

namespace OrleansBroker.Tests.Management;

/// <summary>A server behind a path, whose API the pages of one origin may call.</summary>
public sealed class OpenedSilo : GatewaySilo
{
    public const string Origin = "https://console.example";

    protected override IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>
    {
        ["Broker:Access:Users:guest:Tags"] = "administrator",
        ["Broker:Management:PathPrefix"] = "/broker",
        ["Broker:Management:AllowedOrigins"] = $"{Origin}, https://other.example",
    };
}

public sealed class OriginTests(OpenedSilo silo) : IClassFixture<OpenedSilo>
{
    [Fact]
    public async Task A_page_of_an_allowed_origin_may_read_and_change()
    {
        using var read = await SendAsync(HttpMethod.Get, "/broker/api/whoami", OpenedSilo.Origin);
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
        Assert.Equal(OpenedSilo.Origin, read.Headers.GetValues("Access-Control-Allow-Origin").Single());
        using var change = await SendAsync(HttpMethod.Put, "/broker/api/queues/%2F/opened", OpenedSilo.Origin);
        Assert.Equal(HttpStatusCode.Created, change.StatusCode);
        using var preflight = await SendAsync(HttpMethod.Options, "/broker/api/whoami", OpenedSilo.Origin);
        Assert.Contains("DELETE", preflight.Headers.GetValues("Access-Control-Allow-Methods").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_of_any_other_origin_may_not()
    {
        using var read = await SendAsync(HttpMethod.Get, "/broker/api/whoami", "https://evil.example");
        Assert.False(read.Headers.Contains("Access-Control-Allow-Origin"));
        using var change = await SendAsync(HttpMethod.Put, "/broker/api/queues/%2F/evil", "https://evil.example");
        Assert.Equal(HttpStatusCode.Forbidden, change.StatusCode);
    }

    [Fact]
    public async Task Nothing_is_served_beside_the_prefix()
    {
        using var response = await SendAsync(HttpMethod.Get, "/api/whoami", null);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? origin)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(method, new Uri(
            string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{silo.HttpPort}{path}"),
            new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String("guest:guest"u8));
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        return await client.SendAsync(request);
    }
}
