using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace OrleansBroker.Tests.Management.Pages;

/// <summary>A visit of the pages: what a person does there, by the names that a person reads.</summary>
public sealed class PageVisit
{
    private readonly ConcurrentQueue<string> _complaints = new();

    public PageVisit(IPage page, ManagementSilo silo)
    {
        (Page, Silo) = (page, silo);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                _complaints.Enqueue($"{message.Type}: {message.Text}");
            }
        };
        page.PageError += (_, error) => _complaints.Enqueue($"exception: {error}");
        page.Dialog += (_, dialog) => _complaints.Enqueue($"a dialog of the browser's own: {dialog.Message}");
    }

    public IPage Page { get; }

    public ManagementSilo Silo { get; }

    /// <summary>What the browser complained about: errors, warnings, violations of the security policy.</summary>
    public IEnumerable<string> Complaints => _complaints;

    public ILocator Heading => Page.Locator("h1");

    public async Task LogInAsync(string user, string password)
    {
        await Page.GetByLabel("User", new() { Exact = true }).FillAsync(user);
        await Page.GetByLabel("Password").FillAsync(password);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();
    }

    /// <summary>Opens a page by its address, and waits for its heading.</summary>
    public async Task OpenAsync(string address, string heading)
    {
        await Page.EvaluateAsync("address => { location.hash = `#/${address}`; }", address);
        await Assertions.Expect(Heading).ToHaveTextAsync(heading);
    }

    /// <summary>Opens a section that is folded, and returns it.</summary>
    public async Task<ILocator> UnfoldAsync(string title)
    {
        var section = Page.Locator("details").Filter(new() { Has = Page.Locator("summary", new() { HasTextString = title }) }).First;
        await section.Locator("summary").First.ClickAsync();
        return section;
    }

    /// <summary>Fills fields by their labels; choices are chosen by their texts.</summary>
    public static async Task FillAsync(ILocator form, params (string Label, string Value)[] fields)
    {
        foreach (var (label, value) in fields)
        {
            var field = form.GetByLabel(label, new() { Exact = true });
            if (await field.EvaluateAsync<string>("element => element.tagName") == "SELECT")
            {
                await field.SelectOptionAsync(new SelectOptionValue { Label = value });
            }
            else
            {
                await field.FillAsync(value);
            }
        }
    }

    public static Task PressAsync(ILocator where, string button) =>
        where.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();

    /// <summary>Says yes in the dialog that asks.</summary>
    public Task ConfirmAsync(string button) => PressAsync(Page.GetByRole(AriaRole.Dialog), button);

    /// <summary>The row of a table that has the text.</summary>
    public ILocator Row(string caption, string text) =>
        Page.GetByRole(AriaRole.Table, new() { Name = caption, Exact = true }).Locator("tbody tr").Filter(new() { HasText = text });

    public static Task ShowsAsync(ILocator what) => Assertions.Expect(what).ToBeVisibleAsync();

    public static Task ShowsNotAsync(ILocator what) => Assertions.Expect(what).ToHaveCountAsync(0);

    /// <summary>Waits for the notice that something was done.</summary>
    public Task NoticesAsync(string text) => ShowsAsync(Page.GetByRole(AriaRole.Status).GetByText(text).First);

    /// <summary>How many messages are ready in a queue of the default virtual host.</summary>
    public async Task<long> ReadyAsync(string queue) => (long)(await Silo.GetAsync($"queues/%2F/{Uri.EscapeDataString(queue)}"))["messages_ready"]!;

    public async Task PublishAsync(string queue, params string[] payloads)
    {
        foreach (var payload in payloads)
        {
            await Silo.SendAsync(HttpMethod.Post, "exchanges/%2F/amq.default/publish", new { routing_key = queue, properties = new { delivery_mode = 2 }, payload, payload_encoding = "string" });
        }
    }

    public Task DeclareAsync(string queue, object? arguments = null) =>
        Silo.SendAsync(HttpMethod.Put, $"queues/%2F/{Uri.EscapeDataString(queue)}", new { durable = true, arguments = arguments ?? new { } });
}
