using Microsoft.Playwright;

namespace OrleansBroker.Tests.Management.Pages;

[Collection(OneBrowser.Name)]
public class LoginPageTests(PagesBrowser browser)
{
    [BrowserFact]
    public Task A_wrong_password_is_refused_on_the_page_and_the_browser_asks_nothing() => browser.VisitAsync(
        async visit =>
        {
            await visit.LogInAsync("guest", "wrong");
            await Assertions.Expect(visit.Page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("Login failed");
            await visit.LogInAsync("guest", "guest");
            await Assertions.Expect(visit.Heading).ToHaveTextAsync("Overview");
        },
        user: null,
        expected: ["401"]);

    [BrowserFact]
    public Task The_password_is_kept_nowhere_and_a_reload_asks_again() => browser.VisitAsync(async visit =>
    {
        var stored = await visit.Page.EvaluateAsync<string>("() => JSON.stringify([document.cookie, Object.keys(localStorage), Object.keys(sessionStorage), history.state, location.href])");
        Assert.Equal($"""["",[],[],null,"http://127.0.0.1:{visit.Silo.HttpPort}/"]""", stored);
        Assert.Empty(await visit.Page.Context.CookiesAsync());
        await visit.Page.ReloadAsync();
        await PageVisit.ShowsAsync(visit.Page.GetByLabel("Password"));
    });

    [BrowserFact]
    public Task Logging_out_forgets_who_was_there() => browser.VisitAsync(async visit =>
    {
        await PageVisit.PressAsync(visit.Page.Locator("header"), "Log out guest");
        await PageVisit.ShowsAsync(visit.Page.GetByLabel("Password"));
        await visit.LogInAsync("watcher", "watcher");
        await PageVisit.ShowsAsync(visit.Page.GetByRole(AriaRole.Button, new() { Name = "Log out watcher" }));
    });

    [BrowserFact]
    public Task Whoever_may_see_less_is_shown_less() => browser.VisitAsync(
        async visit =>
        {
            var menu = visit.Page.GetByRole(AriaRole.Navigation, new() { Name = "Pages of the broker" }).GetByRole(AriaRole.Link);
            await Assertions.Expect(menu).ToHaveTextAsync(["Overview", "Queues", "Exchanges", "Topology", "Connections", "Virtual hosts"]);
        },
        user: "user");

    [BrowserFact]
    public Task A_broker_that_does_not_answer_is_said_to_be_lost_until_it_does_again() => browser.VisitAsync(
        async visit =>
        {
            var banner = visit.Page.GetByText("The broker does not answer");
            await visit.Page.RouteAsync("**/api/**", route => route.AbortAsync());
            await PageVisit.PressAsync(visit.Page.Locator("header"), "Refresh now");
            await PageVisit.ShowsAsync(banner);
            await visit.Page.UnrouteAllAsync();
            await Assertions.Expect(banner).ToBeHiddenAsync();
        },
        expected: ["net::ERR_FAILED"]);

    [BrowserFact]
    public Task Nothing_is_asked_for_while_nobody_looks() => browser.VisitAsync(
        async visit =>
        {
            await visit.Page.Clock.InstallAsync();
            await visit.Page.AddInitScriptAsync("let hidden = false; Object.defineProperty(document, 'hidden', { get: () => hidden }); window.hide = (value) => { hidden = value; document.dispatchEvent(new Event('visibilitychange')); };");
            await visit.Page.ReloadAsync();
            await visit.LogInAsync("guest", "guest");
            await Assertions.Expect(visit.Heading).ToHaveTextAsync("Overview");
            // What was under way when the tab was hidden is over when the refresh that comes after it is.
            await visit.Page.EvaluateAsync("() => window.hide(true)");
            await visit.Page.WaitForLoadStateAsync(LoadState.NetworkIdle);
            var asked = 0;
            visit.Page.Request += (_, _) => asked++;
            await visit.Page.Clock.RunForAsync(60_000);
            Assert.Equal(0, asked);
            await visit.Page.RunAndWaitForRequestAsync(() => visit.Page.EvaluateAsync("() => window.hide(false)"), request => request.Url.EndsWith("/api/overview", StringComparison.Ordinal));
        },
        user: null);
}
