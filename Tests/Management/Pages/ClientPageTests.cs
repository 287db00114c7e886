using Microsoft.Playwright;
using RabbitMQ.Client;

namespace OrleansBroker.Tests.Management.Pages;

[Collection(OneBrowser.Name)]
public class ClientPageTests(PagesBrowser browser)
{
    [BrowserFact]
    public Task Connections_are_seen_with_their_channels_and_consumers_and_closed() => browser.VisitAsync(async visit =>
    {
        await visit.DeclareAsync("consumed");
        await using var connection = await new ConnectionFactory { Port = visit.Silo.Port, AutomaticRecoveryEnabled = false }.CreateConnectionAsync("the client of the test");
        var closed = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.ConnectionShutdownAsync += (_, reason) =>
        {
            closed.TrySetResult(reason.ReplyText);
            return Task.CompletedTask;
        };
        await using var channel = await connection.CreateChannelAsync();
        await channel.BasicQosAsync(0, 17, false);
        await channel.BasicConsumeAsync("consumed", autoAck: false, consumerTag: "its-tag", consumer: new AsyncDefaultBasicConsumer(channel));

        await visit.OpenAsync("queues/%2F/consumed", "Queue consumed");
        await Assertions.Expect(visit.Row("Consumers", "its-tag")).ToContainTextAsync("17");
        await visit.OpenAsync("channels", "Channels");
        await Assertions.Expect(visit.Row("Channels", "guest")).ToContainTextAsync("17");
        await visit.OpenAsync("connections", "Connections");
        await visit.Row("Connections", "the client of the test").GetByRole(AriaRole.Link).ClickAsync();
        await Assertions.Expect(visit.Heading).ToContainTextAsync("Connection 127.0.0.1:");
        await PageVisit.ShowsAsync(visit.Page.GetByText("the client of the test").First);
        await PageVisit.ShowsAsync(visit.Row("Channels", "17"));

        await PageVisit.PressAsync(visit.Page.Locator("main"), "Close");
        await visit.ConfirmAsync("Close");
        await visit.NoticesAsync("The connection was closed.");
        Assert.Contains("Closed by guest on the management pages", await closed.Task.WaitAsync(TimeSpan.FromSeconds(15)), StringComparison.Ordinal);
        await Assertions.Expect(visit.Heading).ToHaveTextAsync("Connections");
        await PageVisit.ShowsNotAsync(visit.Row("Connections", "the client of the test"));
    });

    [BrowserFact]
    public Task A_connection_is_closed_from_the_list_and_a_channel_with_its_connection() => browser.VisitAsync(async visit =>
    {
        var factory = new ConnectionFactory { Port = visit.Silo.Port, AutomaticRecoveryEnabled = false };
        await using var first = await factory.CreateConnectionAsync("closed from the list");
        await using var second = await factory.CreateConnectionAsync("closed by its channel");
        await using var channel = await second.CreateChannelAsync();
        await visit.OpenAsync("connections", "Connections");
        await PageVisit.PressAsync(visit.Row("Connections", "closed from the list"), "Close the connection");
        await visit.ConfirmAsync("Close");
        await PageVisit.ShowsNotAsync(visit.Row("Connections", "closed from the list"));
        await visit.OpenAsync("channels", "Channels");
        await visit.Row("Channels", "guest").First.GetByRole(AriaRole.Button).ClickAsync();
        await visit.ConfirmAsync("Close");
        await PageVisit.ShowsNotAsync(visit.Row("Channels", "guest"));
    });

    [BrowserFact]
    public Task Silos_are_shown_with_the_grains_that_live_on_them() => browser.VisitAsync(async visit =>
    {
        await visit.DeclareAsync("lives-somewhere");
        await visit.PublishAsync("lives-somewhere", "a");
        await visit.OpenAsync("silos", "Silos");
        await PageVisit.ShowsAsync(visit.Row("Silos", "running"));
        await PageVisit.ShowsAsync(visit.Row("Grains by type and silo", "QueueGrain"));
        await PageVisit.ShowsAsync(visit.Page.Locator(".bar-row").GetByText("MiB").First);
    });

    [BrowserFact]
    public Task The_overview_draws_what_it_sampled() => browser.VisitAsync(async visit =>
    {
        await visit.DeclareAsync("counted");
        await visit.PublishAsync("counted", "a", "b");
        await PageVisit.PressAsync(visit.Page.Locator("header"), "Refresh now");
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Img, new() { Name = "Queued messages" }).Locator("polyline.line1")).ToHaveCountAsync(1);
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Img, new() { Name = "Message rates" }).Locator("polyline.line1")).ToHaveCountAsync(1);
        await PageVisit.ShowsAsync(visit.Row("Silos", "running"));
        await PageVisit.ShowsAsync(visit.Row("Ports", "amqp"));
    });
}
