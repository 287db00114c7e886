using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using OrleansBroker.Management.Pages;

namespace OrleansBroker.Tests.Management.Pages;

/// <summary>The pages as files.</summary>
[Collection(OneManagement.Name)]
public partial class PageFileTests(ManagementSilo silo)
{
    [Fact]
    public async Task The_start_page_is_at_the_root_and_needs_no_login()
    {
        using var response = await GetAsync("");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/html", response.Content.Headers.ContentType!.MediaType);
        Assert.Contains("<title>OrleansBroker</title>", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_file_is_served_with_a_policy_that_lets_nothing_in_from_elsewhere()
    {
        foreach (var file in PageFile.ReadAll())
        {
            using var response = await GetAsync(file.Path);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            var policy = response.Headers.GetValues("Content-Security-Policy").Single();
            Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
            Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
            Assert.Contains("require-trusted-types-for 'script'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.False(response.Headers.Contains("Set-Cookie"));
            Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
        }
    }

    [Fact]
    public async Task A_file_that_a_browser_has_is_not_sent_again_until_it_differs()
    {
        using var first = await GetAsync("app/main.js");
        Assert.True(first.Headers.CacheControl!.NoCache);
        using var second = await GetAsync("app/main.js", first.Headers.ETag!.Tag);
        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
        Assert.Empty(await second.Content.ReadAsByteArrayAsync());
        using var other = await GetAsync("app/main.js", "\"of-another-version\"");
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
    }

    [Fact]
    public void Files_name_only_files_that_are_there_and_nothing_of_other_hosts()
    {
        var files = PageFile.ReadAll().ToDictionary(file => file.Path, file => System.Text.Encoding.UTF8.GetString(file.Content.Span));
        Assert.True(files.Count > 20);
        foreach (var (path, text) in files)
        {
            var folder = new Uri(new Uri("http://pages/"), path);
            var named = Imports().Matches(text).Concat(References().Matches(text).Where(_ => path.EndsWith(".html", StringComparison.Ordinal)));
            Assert.All(named, name => Assert.Contains(new Uri(folder, name.Groups[1].Value).AbsolutePath[1..], files.Keys));
            Assert.DoesNotMatch(OtherHosts(), text.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Nothing_makes_HTML_of_text_and_nothing_but_the_theme_is_stored()
    {
        foreach (var file in PageFile.ReadAll().Where(file => file.Path.EndsWith(".js", StringComparison.Ordinal)))
        {
            var text = System.Text.Encoding.UTF8.GetString(file.Content.Span);
            Assert.DoesNotMatch(@"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|sessionStorage|document\.cookie|indexedDB", text);
            Assert.DoesNotMatch(@"localStorage\.\w+\((?!'theme')", text);
        }
    }

    private async Task<HttpResponseMessage> GetAsync(string path, string? tag = null)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{silo.HttpPort}/{path}");
        if (tag is not null)
        {
            request.Headers.IfNoneMatch.Add(EntityTagHeaderValue.Parse(tag));
        }

        return await client.SendAsync(request);
    }

    [GeneratedRegex("""from '([^']+)'""")]
    private static partial Regex Imports();

    [GeneratedRegex(""" (?:href|src)="([^"]+)" """)]
    private static partial Regex References();

    [GeneratedRegex("""https?://""")]
    private static partial Regex OtherHosts();
}
