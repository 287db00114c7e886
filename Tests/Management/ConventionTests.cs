using System.Net;
using OrleansBroker.Tests.Architecture;

namespace OrleansBroker.Tests.Management;

/// <summary>What holds for every request.</summary>
[Collection(OneManagement.Name)]
public class ConventionTests(ManagementSilo silo)
{
    [Fact]
    public async Task What_is_not_there_is_said_in_JSON() =>
        Assert.Equal((404, "Object Not Found", "Not Found"), await silo.RefusalAsync(HttpMethod.Get, "nope"));

    [Fact]
    public async Task A_wrong_method_is_answered_with_the_right_ones()
    {
        using var response = await silo.SendAsync(HttpMethod.Post, "whoami");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal(["GET", "HEAD"], response.Content.Headers.Allow.Order(StringComparer.Ordinal));
        using var options = await silo.SendAsync(HttpMethod.Options, "whoami", user: null);
        Assert.Equal(HttpStatusCode.OK, options.StatusCode);
    }

    [Fact]
    public async Task A_browser_may_neither_run_nor_frame_nor_guess_what_it_gets()
    {
        using var response = await silo.SendAsync(HttpMethod.Get, "whoami");
        Assert.Equal("default-src 'none'; frame-ancestors 'none'", response.Headers.GetValues("Content-Security-Policy").Single());
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.False(response.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task No_page_of_another_origin_reads_anything_by_default()
    {
        using var response = await silo.SendAsync(HttpMethod.Get, "whoami", null, "guest", ("Origin", "https://evil.example"));
        Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
        using var preflight = await silo.SendAsync(HttpMethod.Options, "whoami", null, null, ("Origin", "https://evil.example"));
        Assert.False(preflight.Headers.Contains("Access-Control-Allow-Methods"));
    }

    [Fact]
    public async Task No_page_of_another_origin_changes_anything()
    {
        using var response = await silo.SendAsync(HttpMethod.Put, "queues/%2F/cross", "{}", "guest", ("Origin", "https://evil.example"));
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public void Passwords_are_compared_in_a_time_that_tells_nothing()
    {
        var compared = Repository.Read("Grains/Access/PasswordHash.cs");
        Assert.Contains("CryptographicOperations.FixedTimeEquals", compared, StringComparison.Ordinal);
        Assert.DoesNotContain(
            Repository.SourceFiles("Management"),
            path => Repository.Read(path).Contains("password ==", StringComparison.OrdinalIgnoreCase));
    }
}
