using Microsoft.Playwright;

namespace OrleansBroker.Tests.Management.Pages;

/// <summary>A silo as it is shipped, and a browser without a screen.</summary>
public sealed class PagesBrowser : IAsyncLifetime
{
    /// <summary>The environment variable that names a browser.</summary>
    public const string Variable = "ORLEANSBROKER_BROWSER";

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>The browser's executable; null where there is none.</summary>
    public static string? Executable { get; } = new[]
    {
        Environment.GetEnvironmentVariable(Variable), "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome",
    }.FirstOrDefault(File.Exists);

    public ManagementSilo Silo { get; } = new();

    public async Task InitializeAsync()
    {
        if (Executable is null)
        {
            return;
        }

        Assertions.SetDefaultExpectTimeout(15_000);
        await Silo.InitializeAsync();
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Executable,
            Args = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
        });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
            _playwright!.Dispose();
            await Silo.DisposeAsync();
        }

        Silo.Dispose();
    }

    /// <summary>Opens the pages in a browser that knows nothing, logs in, does something, and looks whether the browser complained.</summary>
    public async Task VisitAsync(Func<PageVisit, Task> visit, int width = 1440, string? user = "guest", string[]? expected = null)
    {
        Assert.True(_browser is not null, "There is no browser.");
        await using var context = await _browser.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = 900 },
            BaseURL = $"http://127.0.0.1:{Silo.HttpPort}/",
            AcceptDownloads = true,
        });
        context.SetDefaultTimeout(15_000);
        var page = await context.NewPageAsync();
        var opened = new PageVisit(page, Silo);
        await page.GotoAsync("/");
        if (user is not null)
        {
            await opened.LogInAsync(user, user);
            await Assertions.Expect(opened.Heading).ToHaveTextAsync("Overview");
        }

        await visit(opened);
        Assert.DoesNotContain(opened.Complaints, complaint => expected?.Any(text => complaint.Contains(text, StringComparison.Ordinal)) != true);
    }
}

[CollectionDefinition(Name)]
public sealed class OneBrowser : ICollectionFixture<PagesBrowser>
{
    public const string Name = "one browser";
}
