using Microsoft.Playwright;

namespace OrleansBroker.Tests.Management.Pages;

[Collection(OneBrowser.Name)]
public class TopologyPageTests(PagesBrowser browser)
{
    [BrowserFact]
    public Task An_exchange_is_added_bound_published_to_and_deleted() => browser.VisitAsync(async visit =>
    {
        await visit.DeclareAsync("bound");
        await visit.OpenAsync("exchanges", "Exchanges");
        var form = await visit.UnfoldAsync("Add an exchange");
        await PageVisit.FillAsync(form, ("Name", "drawn"), ("Type", "topic"));
        await PageVisit.PressAsync(form, "Add exchange");
        await visit.NoticesAsync("Exchange drawn was added.");
        await visit.Row("Exchanges", "drawn").GetByRole(AriaRole.Link).ClickAsync();
        await Assertions.Expect(visit.Heading).ToHaveTextAsync("Exchange drawn");

        var bind = await visit.UnfoldAsync("Bind a queue or an exchange");
        await PageVisit.FillAsync(bind, ("Name", "bound"), ("Routing key", "order.*"));
        await PageVisit.PressAsync(bind, "Bind");
        await visit.NoticesAsync("The binding was added.");
        await PageVisit.ShowsAsync(visit.Row("Bindings", "order.*"));

        var publish = await visit.UnfoldAsync("Publish");
        await PageVisit.FillAsync(publish, ("Routing key", "order.new"), ("Payload", "one"));
        await PageVisit.PressAsync(publish, "Publish");
        await visit.NoticesAsync("The message was published.");
        Assert.Equal(1, await visit.ReadyAsync("bound"));
        await PageVisit.FillAsync(publish, ("Routing key", "invoice"));
        await PageVisit.PressAsync(publish, "Publish");
        await visit.NoticesAsync("no queue wanted it");

        await PageVisit.PressAsync(visit.Row("Bindings", "order.*"), "Unbind");
        await visit.ConfirmAsync("Unbind");
        await visit.NoticesAsync("The binding was removed.");
        await PageVisit.ShowsNotAsync(visit.Row("Bindings", "order.*"));
        await PageVisit.PressAsync(visit.Page.Locator("main"), "Delete");
        await visit.ConfirmAsync("Delete");
        await visit.NoticesAsync("Exchange drawn was deleted.");
    });

    [BrowserFact]
    public Task A_queue_is_bound_from_its_own_page() => browser.VisitAsync(async visit =>
    {
        await visit.DeclareAsync("binds-itself");
        await visit.OpenAsync("queues/%2F/binds-itself", "Queue binds-itself");
        var bind = await visit.UnfoldAsync("Bind to an exchange");
        await PageVisit.FillAsync(bind, ("From exchange", "amq.headers"), ("Arguments (JSON)", """{"x-match": "all", "tenant": "acme"}"""));
        await PageVisit.PressAsync(bind, "Bind");
        await visit.NoticesAsync("The binding was added.");
        await PageVisit.PressAsync(visit.Row("Bindings", "tenant: acme"), "Unbind");
        await visit.ConfirmAsync("Unbind");
        await PageVisit.ShowsNotAsync(visit.Row("Bindings", "tenant: acme"));
    });

    [BrowserFact]
    public Task The_drawing_shows_what_leads_where_and_leads_there_itself() => browser.VisitAsync(async visit =>
    {
        await visit.Silo.SendAsync(HttpMethod.Put, "exchanges/%2F/front", new { type = "topic", durable = true });
        await visit.Silo.SendAsync(HttpMethod.Put, "exchanges/%2F/back", new { type = "fanout", durable = true });
        await visit.DeclareAsync("behind-both");
        await visit.Silo.SendAsync(HttpMethod.Post, "bindings/%2F/e/front/e/back", new { routing_key = "#" });
        await visit.Silo.SendAsync(HttpMethod.Post, "bindings/%2F/e/back/q/behind-both", new { routing_key = "" });
        await visit.OpenAsync("topology", "Topology");
        await visit.Page.GetByLabel("Exchanges and queues whose name has").FillAsync("behind-both");
        await PageVisit.PressAsync(visit.Page.Locator("main"), "Draw");
        var drawing = visit.Page.Locator("svg.topology");
        await Assertions.Expect(drawing.Locator("a.exchange")).ToHaveTextAsync([new System.Text.RegularExpressions.Regex("back")]);
        await Assertions.Expect(drawing.Locator("path.edge")).ToHaveCountAsync(1);
        await visit.Page.GetByLabel("Exchanges and queues whose name has").FillAsync("");
        await PageVisit.PressAsync(visit.Page.Locator("main"), "Draw");
        await PageVisit.ShowsAsync(drawing.Locator("a.exchange").Filter(new() { HasText = "front" }).First);
        await drawing.Locator("a.queue").Filter(new() { HasText = "behind-both" }).First.ClickAsync();
        await Assertions.Expect(visit.Heading).ToHaveTextAsync("Queue behind-both");
    });
}
