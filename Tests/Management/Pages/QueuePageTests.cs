using Microsoft.Playwright;

namespace OrleansBroker.Tests.Management.Pages;

[Collection(OneBrowser.Name)]
public class QueuePageTests(PagesBrowser browser)
{
    private const string Hostile = "<img src=x onerror=alert(1)>";

    [BrowserFact]
    public Task A_queue_is_added_looked_at_and_deleted() => browser.VisitAsync(async visit =>
    {
        await visit.OpenAsync("queues", "Queues");
        var form = await visit.UnfoldAsync("Add a queue");
        await PageVisit.FillAsync(form, ("Name", "added"), ("Type", "quorum"), ("Max length", "1000"), ("More arguments (JSON)", """{"x-message-ttl": 60000}"""));
        await PageVisit.PressAsync(form, "Add queue");
        await visit.NoticesAsync("Queue added was added.");
        await visit.Row("Queues", "added").GetByRole(AriaRole.Link).ClickAsync();
        await Assertions.Expect(visit.Heading).ToHaveTextAsync("Queue added");
        await PageVisit.ShowsAsync(visit.Page.GetByText("x-queue-type: quorum, x-max-length: 1000, x-message-ttl: 60000"));
        await PageVisit.PressAsync(visit.Page.Locator("main"), "Delete");
        await visit.ConfirmAsync("Delete");
        await visit.NoticesAsync("Queue added was deleted.");
        await Assertions.Expect(visit.Heading).ToHaveTextAsync("Queues");
        await PageVisit.ShowsNotAsync(visit.Row("Queues", "added"));
    });

    [BrowserFact]
    public Task What_cannot_be_is_refused_beside_the_button() => browser.VisitAsync(
        async visit =>
        {
            await visit.OpenAsync("queues", "Queues");
            var form = await visit.UnfoldAsync("Add a queue");
            await PageVisit.FillAsync(form, ("Name", "refused"), ("More arguments (JSON)", "[1]"));
            await PageVisit.PressAsync(form, "Add queue");
            await Assertions.Expect(form.GetByRole(AriaRole.Alert)).ToContainTextAsync("an object is allowed");
            await PageVisit.FillAsync(form, ("More arguments (JSON)", """{"x-max-length": "many"}"""));
            await PageVisit.PressAsync(form, "Add queue");
            await Assertions.Expect(form.GetByRole(AriaRole.Alert)).ToContainTextAsync("x-max-length");
        },
        expected: ["400"]);

    [BrowserFact]
    public Task A_hostile_name_is_text_wherever_it_is_shown() => browser.VisitAsync(async visit =>
    {
        await visit.DeclareAsync(Hostile);
        await visit.Silo.SendAsync(HttpMethod.Post, $"bindings/%2F/e/amq.topic/q/{Uri.EscapeDataString(Hostile)}", new { routing_key = Hostile });
        await visit.PublishAsync(Hostile, Hostile);
        await visit.OpenAsync("queues", "Queues");
        await visit.Row("Queues", Hostile).GetByRole(AriaRole.Link).ClickAsync();
        await Assertions.Expect(visit.Heading).ToHaveTextAsync($"Queue {Hostile}");
        await PageVisit.ShowsAsync(visit.Row("Bindings", "amq.topic").GetByText(Hostile));
        var messages = await visit.UnfoldAsync("Messages");
        await PageVisit.PressAsync(messages, "Get messages");
        await Assertions.Expect(messages.GetByLabel("Payload", new() { Exact = true }).Last).ToHaveTextAsync(Hostile);
        await PageVisit.PressAsync(visit.Page.Locator("main"), "Purge");
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Dialog).Locator("h2")).ToHaveTextAsync($"Purge {Hostile}?");
        await visit.ConfirmAsync("Cancel");
        await visit.OpenAsync("topology", "Topology");
        await PageVisit.ShowsAsync(visit.Page.Locator("svg.topology a.queue").Filter(new() { HasText = "<img src=x" }).First);
        Assert.Equal(0, await visit.Page.Locator("img:not([src='icon.svg'])").CountAsync());
    });

    [BrowserFact]
    public Task Messages_are_published_browsed_and_taken_out() => browser.VisitAsync(async visit =>
    {
        await visit.DeclareAsync("browsed");
        await visit.OpenAsync("queues/%2F/browsed", "Queue browsed");
        var publish = await visit.UnfoldAsync("Publish");
        await PageVisit.FillAsync(publish, ("Payload", "hello"), ("Headers (JSON)", """{"tenant": "acme"}"""), ("Properties (JSON)", """{"content_type": "text/plain"}"""));
        await PageVisit.PressAsync(publish, "Publish");
        await visit.NoticesAsync("The message was published.");
        var messages = await visit.UnfoldAsync("Messages");
        await PageVisit.PressAsync(messages, "Get messages");
        await PageVisit.ShowsAsync(messages.GetByText("hello", new() { Exact = true }));
        await PageVisit.ShowsAsync(messages.GetByText("Headers: tenant"));
        await PageVisit.ShowsAsync(messages.GetByText("content_type: text/plain"));
        Assert.Equal(1, await visit.ReadyAsync("browsed"));
        await PageVisit.FillAsync(messages, ("What becomes of them", "Get them: they leave the queue"));
        await PageVisit.PressAsync(messages, "Get messages");
        await visit.ConfirmAsync("Take out");
        await Native.NativeCluster.Until(async () => await visit.ReadyAsync("browsed") == 0, "the message was taken out");
        // It was looked at before, which does not count as a delivery.
        Assert.Equal(0, await messages.GetByText("redelivered", new() { Exact = true }).CountAsync());
        await PageVisit.PressAsync(messages, "Get messages");
        await visit.ConfirmAsync("Take out");
        await PageVisit.ShowsAsync(messages.GetByText("The queue is empty."));
    });

    [BrowserFact]
    public Task A_queue_is_purged_only_after_a_yes() => browser.VisitAsync(async visit =>
    {
        await visit.DeclareAsync("purged");
        await visit.PublishAsync("purged", "a", "b", "c");
        await visit.OpenAsync("queues/%2F/purged", "Queue purged");
        await PageVisit.PressAsync(visit.Page.Locator("main"), "Purge");
        await PageVisit.ShowsAsync(visit.Page.GetByText("3 messages that are ready will be gone."));
        await visit.ConfirmAsync("Cancel");
        Assert.Equal(3, await visit.ReadyAsync("purged"));
        await PageVisit.PressAsync(visit.Page.Locator("main"), "Purge");
        await visit.ConfirmAsync("Purge");
        await visit.NoticesAsync("Queue purged was purged.");
        Assert.Equal(0, await visit.ReadyAsync("purged"));
    });

    [BrowserFact]
    public Task Messages_are_moved_to_another_queue() => browser.VisitAsync(async visit =>
    {
        await visit.DeclareAsync("moved-from");
        await visit.DeclareAsync("moved-to");
        await visit.PublishAsync("moved-from", "a", "b", "c");
        await visit.OpenAsync("queues/%2F/moved-from", "Queue moved-from");
        var move = await visit.UnfoldAsync("Move and re-drive");
        await PageVisit.FillAsync(move, ("To queue", "moved-to"));
        await PageVisit.PressAsync(move, "Move");
        await visit.ConfirmAsync("Move");
        await visit.NoticesAsync("3 messages moved.");
        Assert.Equal((0, 3), (await visit.ReadyAsync("moved-from"), await visit.ReadyAsync("moved-to")));
    });

    [BrowserFact]
    public Task Dead_letters_go_back_to_where_they_came_from() => browser.VisitAsync(async visit =>
    {
        await visit.DeclareAsync("graveyard");
        await visit.DeclareAsync("alive", new Dictionary<string, object> { ["x-dead-letter-exchange"] = "", ["x-dead-letter-routing-key"] = "graveyard" });
        await visit.PublishAsync("alive", "a", "b");
        await visit.OpenAsync("queues/%2F/alive", "Queue alive");
        var messages = await visit.UnfoldAsync("Messages");
        await PageVisit.FillAsync(messages, ("What becomes of them", "Reject them: they are dead-lettered or dropped"));
        await PageVisit.PressAsync(messages, "Get messages");
        await visit.ConfirmAsync("Reject");
        await PageVisit.ShowsAsync(messages.GetByText("b", new() { Exact = true }));
        await visit.OpenAsync("queues/%2F/graveyard", "Queue graveyard");
        await Assertions.Expect(visit.Page.Locator(".tile").First).ToContainTextAsync("2");
        var move = await visit.UnfoldAsync("Move and re-drive");
        await PageVisit.PressAsync(move, "Re-drive");
        await visit.ConfirmAsync("Re-drive");
        await visit.NoticesAsync("2 messages moved.");
        Assert.Equal((0, 2), (await visit.ReadyAsync("graveyard"), await visit.ReadyAsync("alive")));
    });

    [BrowserFact]
    public Task A_long_list_is_paged_filtered_and_sorted_by_the_server() => browser.VisitAsync(async visit =>
    {
        await Task.WhenAll(Enumerable.Range(0, 130).Select(i => visit.DeclareAsync($"many-{i:000}")));
        await visit.PublishAsync("many-077", "a");
        await visit.OpenAsync("queues", "Queues");
        var rows = visit.Page.GetByRole(AriaRole.Table, new() { Name = "Queues", Exact = true }).Locator("tbody tr");
        await visit.Page.GetByPlaceholder("Filter by name").FillAsync("many-");
        await Assertions.Expect(visit.Page.GetByText("130 of")).ToBeVisibleAsync();
        await Assertions.Expect(rows).ToHaveCountAsync(100);
        await PageVisit.PressAsync(visit.Page.Locator("main"), "Next page");
        await Assertions.Expect(rows).ToHaveCountAsync(30);
        await PageVisit.ShowsAsync(visit.Row("Queues", "many-129"));
        await PageVisit.PressAsync(visit.Page.Locator("thead"), "Ready");
        await Assertions.Expect(rows.First).ToContainTextAsync("many-077");
        await visit.Page.GetByLabel("Regex").CheckAsync();
        await visit.Page.GetByPlaceholder("Filter by name").FillAsync("^many-00[1-3]$");
        await Assertions.Expect(rows).ToHaveCountAsync(3);
        Assert.Contains("regex=true", visit.Page.Url, StringComparison.Ordinal);
        await visit.Page.GetByLabel("Rows on a page").SelectOptionAsync("50");
        await Assertions.Expect(visit.Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("size=50"));
    });
}
