using Microsoft.Playwright;

namespace OrleansBroker.Tests.Management.Pages;

[Collection(OneBrowser.Name)]
public class LayoutTests(PagesBrowser browser)
{
    private static readonly (string Address, string Heading)[] Pages =
    [
        ("", "Overview"), ("queues", "Queues"), ("queues/%2F/laid-out", "Queue laid-out"), ("exchanges", "Exchanges"), ("exchanges/%2F/amq.topic", "Exchange amq.topic"),
        ("topology", "Topology"), ("connections", "Connections"), ("channels", "Channels"), ("silos", "Silos"), ("users", "Users"), ("users/guest", "User guest"),
        ("vhosts", "Virtual hosts"), ("policies", "Policies"), ("definitions", "Definitions"),
    ];

    [BrowserFact]
    public Task No_page_is_wider_than_a_phone() => LooksRightAsync(390);

    [BrowserFact]
    public Task No_page_is_wider_than_a_tablet() => LooksRightAsync(820);

    [BrowserFact]
    public Task No_page_is_wider_than_a_desk() => LooksRightAsync(1440);

    [BrowserFact]
    public Task On_a_phone_the_menu_opens_and_closes() => browser.VisitAsync(
        async visit =>
        {
            var menu = visit.Page.GetByRole(AriaRole.Navigation, new() { Name = "Pages of the broker" });
            await Assertions.Expect(menu).ToBeHiddenAsync();
            await PageVisit.PressAsync(visit.Page.Locator("header"), "Menu");
            await menu.GetByRole(AriaRole.Link, new() { Name = "Queues" }).ClickAsync();
            await Assertions.Expect(visit.Heading).ToHaveTextAsync("Queues");
            await Assertions.Expect(menu).ToBeHiddenAsync();
        },
        width: 390);

    [BrowserFact]
    public Task Everything_is_reached_with_the_keyboard() => browser.VisitAsync(async visit =>
    {
        var keyboard = visit.Page.Keyboard;
        await visit.DeclareAsync("aaa-first");
        await visit.Page.EvaluateAsync("() => document.activeElement.blur()");
        await keyboard.PressAsync("Tab");
        await Assertions.Expect(visit.Page.GetByText("Skip to the page")).ToBeFocusedAsync();
        await TabToAsync(visit, visit.Page.GetByRole(AriaRole.Link, new() { Name = "Queues", Exact = true }));
        await keyboard.PressAsync("Enter");
        await Assertions.Expect(visit.Heading).ToHaveTextAsync("Queues");
        await TabToAsync(visit, visit.Page.GetByPlaceholder("Filter by name"));
        await keyboard.TypeAsync("aaa-first");
        await PageVisit.ShowsNotAsync(visit.Row("Queues", "default"));
        await TabToAsync(visit, visit.Page.Locator("thead").GetByRole(AriaRole.Button, new() { Name = "Ready" }));
        await keyboard.PressAsync("Enter");
        await Assertions.Expect(visit.Page.Locator("th[aria-sort=descending] button")).ToBeFocusedAsync();
        await TabToAsync(visit, visit.Row("Queues", "aaa-first").GetByRole(AriaRole.Link));
        await keyboard.PressAsync("Enter");
        await Assertions.Expect(visit.Heading).ToHaveTextAsync("Queue aaa-first");
        await TabToAsync(visit, visit.Page.Locator("main").GetByRole(AriaRole.Button, new() { Name = "Delete" }));
        await keyboard.PressAsync("Enter");
        // Enter once too often destroys nothing.
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Button, new() { Name = "Cancel" })).ToBeFocusedAsync();
        await keyboard.PressAsync("Escape");
        await PageVisit.ShowsNotAsync(visit.Page.GetByRole(AriaRole.Dialog));
        await Assertions.Expect(visit.Page.Locator("main").GetByRole(AriaRole.Button, new() { Name = "Delete" })).ToBeFocusedAsync();
        await TabToAsync(visit, visit.Page.Locator("summary").Filter(new() { HasText = "Publish" }));
        await keyboard.PressAsync("Enter");
        await TabToAsync(visit, visit.Page.GetByLabel("Payload", new() { Exact = true }).Last);
    });

    [BrowserFact]
    public Task Focus_stays_where_it_is_when_figures_are_refreshed() => browser.VisitAsync(async visit =>
    {
        await visit.DeclareAsync("focused");
        await visit.OpenAsync("queues", "Queues");
        var link = visit.Row("Queues", "focused").GetByRole(AriaRole.Link);
        await visit.Page.GetByLabel("Refresh", new() { Exact = true }).SelectOptionAsync("2");
        await link.FocusAsync();
        await visit.PublishAsync("focused", "a");
        await Assertions.Expect(visit.Row("Queues", "focused").Locator("td.number").First).ToHaveTextAsync("1");
        await Assertions.Expect(link).ToBeFocusedAsync();
    });

    [BrowserFact]
    public Task Light_and_dark_follow_the_system_until_somebody_chooses() => browser.VisitAsync(async visit =>
    {
        await visit.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        var dark = await BackgroundAsync(visit);
        await visit.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
        Assert.NotEqual(dark, await BackgroundAsync(visit));
        await PageVisit.PressAsync(visit.Page.Locator("header"), "Theme: system");
        await PageVisit.PressAsync(visit.Page.Locator("header"), "Theme: light");
        Assert.Equal(dark, await BackgroundAsync(visit));
        await visit.Page.ReloadAsync();
        Assert.Equal(dark, await BackgroundAsync(visit));
    });

    [BrowserFact]
    public Task Every_control_has_a_name_that_is_read_out() => browser.VisitAsync(async visit =>
    {
        await visit.DeclareAsync("laid-out");
        foreach (var (address, heading) in Pages)
        {
            await visit.OpenAsync(address, heading);
            var nameless = await visit.Page.EvaluateAsync<string[]>(
                """
                () => [...document.querySelectorAll('input, select, textarea, button, a[href]')]
                    .filter((element) => element.checkVisibility() && !element.labels?.length && !element.ariaLabel && !element.textContent.trim())
                    .map((element) => element.outerHTML)
                """);
            Assert.Empty(nameless);
        }
    });

    [BrowserFact]
    public Task An_address_of_no_page_says_so() => browser.VisitAsync(visit => visit.OpenAsync("nowhere", "There is no such page"));

    private Task LooksRightAsync(int width) => browser.VisitAsync(
        async visit =>
        {
            await visit.DeclareAsync("laid-out");
            await visit.DeclareAsync(new string('w', 200));
            foreach (var (address, heading) in Pages)
            {
                await visit.OpenAsync(address, heading);
                await visit.Page.WaitForLoadStateAsync(LoadState.NetworkIdle);
                Assert.Equal((address, 0), (address, await visit.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")));
                await Assertions.Expect(visit.Page.Locator("main > .failure")).ToBeHiddenAsync();
                await PictureAsync(visit, $"{heading.Replace(' ', '-')}-{width}");
            }
        },
        width);

    /// <summary>Pictures for people to look at, light and dark, where somebody asks for them.</summary>
    private static async Task PictureAsync(PageVisit visit, string name)
    {
        if (Environment.GetEnvironmentVariable("ORLEANSBROKER_PICTURES") is not { Length: > 0 } folder)
        {
            return;
        }

        foreach (var scheme in new[] { ColorScheme.Dark, ColorScheme.Light })
        {
            await visit.Page.EmulateMediaAsync(new() { ColorScheme = scheme });
            await visit.Page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}-{scheme}.png"), FullPage = true });
        }
    }

    private static Task<string> BackgroundAsync(PageVisit visit) => visit.Page.EvaluateAsync<string>("() => getComputedStyle(document.documentElement).backgroundColor");

    private static async Task TabToAsync(PageVisit visit, ILocator target)
    {
        await PageVisit.ShowsAsync(target);
        for (var presses = 0; presses < 80; presses++)
        {
            if (await target.EvaluateAsync<bool>("element => element === document.activeElement"))
            {
                return;
            }

            await visit.Page.Keyboard.PressAsync("Tab");
        }

        Assert.Fail($"80 times Tab did not lead to {target}.");
    }
}
