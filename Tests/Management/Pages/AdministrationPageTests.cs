using Microsoft.Playwright;

namespace OrleansBroker.Tests.Management.Pages;

[Collection(OneBrowser.Name)]
public class AdministrationPageTests(PagesBrowser browser)
{
    [BrowserFact]
    public Task A_user_is_added_permitted_limited_changed_and_deleted() => browser.VisitAsync(async visit =>
    {
        await visit.OpenAsync("users", "Users");
        var add = await visit.UnfoldAsync("Add a user");
        await PageVisit.FillAsync(add, ("Name", "alice"), ("Password", "first secret"), ("Tags", "management"));
        await PageVisit.PressAsync(add, "Add user");
        await visit.NoticesAsync("User alice was added.");
        await visit.Row("Users", "alice").GetByRole(AriaRole.Link).ClickAsync();
        await Assertions.Expect(visit.Heading).ToHaveTextAsync("User alice");

        var permissions = await visit.UnfoldAsync("Set permissions");
        await PageVisit.FillAsync(permissions, ("Configure (regex)", "^alice-"), ("Write (regex)", "^alice-"));
        await PageVisit.PressAsync(permissions, "Set permissions");
        await PageVisit.ShowsAsync(visit.Row("Permissions", "^alice-"));
        var topics = await visit.UnfoldAsync("Set topic permissions");
        await PageVisit.FillAsync(topics, ("Write (regex)", "^order"));
        await PageVisit.PressAsync(topics, "Set topic permissions");
        await PageVisit.ShowsAsync(visit.Row("Topic permissions", "^order"));
        var limits = await visit.UnfoldAsync("Set a limit");
        await PageVisit.FillAsync(limits, ("Value", "5"));
        await PageVisit.PressAsync(limits, "Set limit");
        await PageVisit.ShowsAsync(visit.Row("Limits", "max-connections"));

        var account = await visit.UnfoldAsync("Change tags or password");
        await PageVisit.FillAsync(account, ("Tags", "monitoring"), ("New password", "second secret"));
        await account.GetByLabel("Keep the tags").UncheckAsync();
        await PageVisit.PressAsync(account, "Change user");
        await visit.NoticesAsync("User alice was changed.");
        await PageVisit.ShowsAsync(visit.Page.Locator(".facts").GetByText("monitoring"));
        Assert.Equal("alice", (string)(await visit.Silo.GetAsync("whoami", "alice:second secret"))["name"]!);

        await PageVisit.PressAsync(visit.Row("Limits", "max-connections"), "Remove the limit");
        await PageVisit.ShowsNotAsync(visit.Row("Limits", "max-connections"));
        await PageVisit.PressAsync(visit.Row("Topic permissions", "^order"), "Clear the topic permissions");
        await visit.ConfirmAsync("Clear");
        await PageVisit.ShowsNotAsync(visit.Row("Topic permissions", "^order"));
        await PageVisit.PressAsync(visit.Row("Permissions", "^alice-"), "Clear the permissions");
        await visit.ConfirmAsync("Clear");
        await PageVisit.ShowsNotAsync(visit.Row("Permissions", "^alice-"));
        await PageVisit.PressAsync(visit.Page.Locator("main"), "Delete");
        await visit.ConfirmAsync("Delete");
        await visit.NoticesAsync("User alice was deleted.");
        await PageVisit.ShowsNotAsync(visit.Row("Users", "alice"));
    });

    [BrowserFact]
    public Task Changing_only_tags_keeps_the_password() => browser.VisitAsync(async visit =>
    {
        await visit.Silo.SendAsync(HttpMethod.Put, "users/carol", new { password = "carol", tags = "management" });
        await visit.OpenAsync("users/carol", "User carol");
        await PageVisit.ShowsAsync(visit.Page.Locator(".facts").GetByText("management"));
        var account = await visit.UnfoldAsync("Change tags or password");
        await PageVisit.FillAsync(account, ("Tags", "policymaker"));
        await account.GetByLabel("Keep the tags").UncheckAsync();
        await PageVisit.PressAsync(account, "Change user");
        await visit.NoticesAsync("User carol was changed.");
        Assert.Contains("policymaker", (await visit.Silo.GetAsync("whoami", "carol"))["tags"]!.ToJsonString(), StringComparison.Ordinal);
    });

    [BrowserFact]
    public Task A_virtual_host_is_added_limited_chosen_and_deleted() => browser.VisitAsync(async visit =>
    {
        await visit.OpenAsync("vhosts", "Virtual hosts");
        var add = await visit.UnfoldAsync("Add a virtual host");
        await PageVisit.FillAsync(add, ("Name", "staging"), ("Description", "before production"), ("Tags", "test"));
        await PageVisit.PressAsync(add, "Add virtual host");
        await PageVisit.ShowsAsync(visit.Row("Virtual hosts", "before production"));
        await PageVisit.PressAsync(visit.Row("Virtual hosts", "staging"), "Set a limit of the virtual host");
        var limits = visit.Page.Locator("section").Filter(new() { HasText = "Limits of staging" });
        await PageVisit.FillAsync(limits, ("Limit", "max-queues"), ("Value", "7"));
        await PageVisit.PressAsync(limits, "Set limit");
        await PageVisit.ShowsAsync(visit.Row("Virtual hosts", "max-queues: 7"));
        await PageVisit.PressAsync(visit.Page.Locator("header"), "Refresh now");
        await visit.Page.GetByLabel("Virtual host", new() { Exact = true }).First.SelectOptionAsync("staging");
        await visit.OpenAsync("exchanges", "Exchanges");
        await PageVisit.ShowsAsync(visit.Row("Exchanges", "amq.topic"));
        await visit.OpenAsync("vhosts", "Virtual hosts");
        await PageVisit.PressAsync(visit.Row("Virtual hosts", "staging"), "Delete the virtual host");
        await visit.ConfirmAsync("Delete");
        await PageVisit.ShowsNotAsync(visit.Row("Virtual hosts", "staging"));
    });

    [BrowserFact]
    public Task Policies_are_added_edited_and_deleted() => browser.VisitAsync(async visit =>
    {
        await visit.OpenAsync("policies", "Policies");
        foreach (var (caption, word) in new[] { ("Policies", "policy"), ("Operator policies", "operator policy") })
        {
            var add = await visit.UnfoldAsync(word == "policy" ? "Add a policy" : "Add an operator policy");
            await PageVisit.FillAsync(add, ("Name", "short"), ("Pattern (regex)", "^governed"), ("Applies to", "queues"), ("Priority", "3"), ("Definition (JSON)", """{"max-length": 10}"""));
            await PageVisit.PressAsync(add, $"Add {word}");
            await PageVisit.ShowsAsync(visit.Row(caption, "max-length: 10"));
            await PageVisit.PressAsync(visit.Row(caption, "short"), $"Edit the {word}");
            var edit = visit.Page.Locator("section").Filter(new() { HasText = "Edit short" }).Last;
            await PageVisit.FillAsync(edit, ("Definition (JSON)", """{"max-length": 20}"""));
            await PageVisit.PressAsync(edit, "Save");
            await PageVisit.ShowsAsync(visit.Row(caption, "max-length: 20"));
            await PageVisit.PressAsync(visit.Row(caption, "short"), $"Delete the {word}");
            await visit.ConfirmAsync("Delete");
            await PageVisit.ShowsNotAsync(visit.Row(caption, "short"));
        }
    });

    [BrowserFact]
    public Task Definitions_are_downloaded_and_taken_in() => browser.VisitAsync(async visit =>
    {
        await visit.DeclareAsync("defined");
        await visit.OpenAsync("definitions", "Definitions");
        var download = await visit.Page.RunAndWaitForDownloadAsync(() => PageVisit.PressAsync(visit.Page.Locator("main"), "Download"));
        Assert.Matches(@"^definitions-\d{4}-\d\d-\d\d\.json$", download.SuggestedFilename);
        var file = await download.PathAsync();
        Assert.Contains("\"defined\"", await File.ReadAllTextAsync(file), StringComparison.Ordinal);
        await visit.Silo.SendAsync(HttpMethod.Delete, "queues/%2F/defined");

        var import = visit.Page.Locator("section").Filter(new() { HasText = "Import" });
        await import.GetByLabel("File").SetInputFilesAsync(file);
        await PageVisit.PressAsync(import, "Import");
        await PageVisit.ShowsAsync(visit.Page.GetByRole(AriaRole.Dialog).GetByText("queues"));
        await visit.ConfirmAsync("Import");
        await visit.NoticesAsync("The definitions were taken in.");
        Assert.Equal(0, await visit.ReadyAsync("defined"));
    });
}
