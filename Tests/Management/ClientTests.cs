using System.Net;
using System.Text.Json.Nodes;
using OrleansBroker.Tests.Native;
using RabbitMQ.Client;

namespace OrleansBroker.Tests.Management;

[Collection(OneManagement.Name)]
public class ClientTests(ManagementSilo silo)
{
    [Fact]
    public async Task A_connection_is_listed_with_its_channels_and_consumers()
    {
        await using var connection = await ConnectAsync("guest", "listed");
        await using var channel = await connection.CreateChannelAsync();
        await channel.BasicQosAsync(0, 7, global: false);
        await channel.QueueDeclareAsync("consumed", exclusive: false, autoDelete: false);
        await channel.BasicConsumeAsync("consumed", autoAck: false, consumerTag: "tag", new RabbitMQ.Client.Events.AsyncEventingBasicConsumer(channel));

        var item = await FindAsync("listed");
        var name = (string)item["name"]!;
        Assert.Equal(("guest", "/", "running", 1), ((string)item["user"]!, (string)item["vhost"]!, (string)item["state"]!, (int)item["channels"]!));
        Assert.True((long)item["recv_oct"]! > 0 && (long)item["send_oct"]! > 0);
        Assert.Equal(name, (string)(await silo.GetAsync($"connections/{Uri.EscapeDataString(name)}"))["name"]!);

        var listed = (await silo.GetAsync($"connections/{Uri.EscapeDataString(name)}/channels"))[0]!;
        Assert.Equal(($"{name} (1)", 1, 7), ((string)listed["name"]!, (int)listed["consumer_count"]!, (int)listed["prefetch_count"]!));
        var one = await silo.GetAsync($"channels/{Uri.EscapeDataString($"{name} (1)")}");
        Assert.Equal("tag", (string)one["consumer_details"]![0]!["consumer_tag"]!);

        var consumer = (await silo.GetAsync("consumers/%2F")).AsArray().Single(consumer => (string)consumer!["queue"]!["name"]! == "consumed")!;
        Assert.Equal((true, 7, name), ((bool)consumer["ack_required"]!, (int)consumer["prefetch_count"]!, (string)consumer["channel_details"]!["connection_name"]!));
        var queue = await silo.GetAsync("queues/%2F/consumed");
        Assert.Equal(1, (int)queue["consumers"]!);
        Assert.Equal("tag", (string)queue["consumer_details"]![0]!["consumer_tag"]!);
    }

    [Fact]
    public async Task An_exchange_and_a_queue_tell_by_channel_what_comes_and_what_goes()
    {
        await using var connection = await ConnectAsync("guest", "flowing");
        await using var publisher = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        await using var consumer = await connection.CreateChannelAsync();
        await publisher.ExchangeDeclareAsync("flow-in", "fanout");
        await publisher.QueueDeclareAsync("flow-out", exclusive: false, autoDelete: false);
        await publisher.QueueBindAsync("flow-out", "flow-in", "");
        // Whoever settles gets one at most, and the other one the rest.
        await consumer.BasicQosAsync(0, 1, global: false);
        var (received, unsettled) = (0, 0);
        foreach (var noAck in (bool[])[true, false])
        {
            var sink = new RabbitMQ.Client.Events.AsyncEventingBasicConsumer(consumer);
            sink.ReceivedAsync += (_, _) =>
            {
                Interlocked.Add(ref unsettled, noAck ? 1 : 0);
                Interlocked.Increment(ref received);
                return Task.CompletedTask;
            };
            await consumer.BasicConsumeAsync("flow-out", noAck, sink);
        }

        // Of one exchange and another in turn, with what is looked at closely between.
        var telling = new BasicProperties { Expiration = "60000" };
        foreach (var (exchange, key, properties) in ((string, string, BasicProperties)[])
            [("flow-in", "", new()), ("flow-in", "", telling), ("", "flow-out", new()), ("flow-in", "", new()), ("", "flow-out", telling), ("flow-in", "", new())])
        {
            await publisher.BasicPublishAsync(exchange, key, mandatory: false, properties, "x"u8.ToArray());
        }

        await NativeCluster.Until(() => Volatile.Read(ref received) == 6, "all messages are received");
        var name = (string)(await FindAsync("flowing"))["name"]!;
        var incoming = (await silo.GetAsync("exchanges/%2F/flow-in"))["incoming"]!.AsArray().Single()!;
        Assert.Equal((4, $"{name} (1)", name), ((int)incoming["stats"]!["publish"]!, (string)incoming["channel_details"]!["name"]!, (string)incoming["channel_details"]!["connection_name"]!));
        var deliveries = (await silo.GetAsync("queues/%2F/flow-out"))["deliveries"]!.AsArray().Single()!;
        Assert.Equal($"{name} (2)", (string)deliveries["channel_details"]!["name"]!);
        Assert.Equal((6, unsettled), ((int)deliveries["stats"]!["deliver_get"]!, (int)deliveries["stats"]!["deliver_no_ack"]!));
        var publishing = await silo.GetAsync($"channels/{Uri.EscapeDataString($"{name} (1)")}");
        Assert.Equal([("", 2), ("flow-in", 4)], publishing["publishes"]!.AsArray().Select(one => ((string)one!["exchange"]!["name"]!, (int)one["stats"]!["publish"]!)).Order());
        Assert.Equal("flow-out", (string)(await silo.GetAsync($"channels/{Uri.EscapeDataString($"{name} (2)")}"))["deliveries"]![0]!["queue"]!["name"]!);
    }

    [Fact]
    public async Task Of_the_consumers_of_a_queue_that_serves_one_alone_that_one_is_active_and_the_others_wait()
    {
        await using var connection = await ConnectAsync("guest", "choosing");
        await using var channel = await connection.CreateChannelAsync();
        var arguments = new Dictionary<string, object?> { ["x-single-active-consumer"] = true };
        await channel.QueueDeclareAsync("choosing", exclusive: false, autoDelete: false, arguments: arguments);
        foreach (var tag in (string[])["first", "second"])
        {
            await channel.BasicConsumeAsync("choosing", autoAck: false, consumerTag: tag, new RabbitMQ.Client.Events.AsyncEventingBasicConsumer(channel));
        }

        Assert.Equal([("first", true, "single_active"), ("second", false, "waiting")], await ConsumersAsync());
        Assert.Equal("first", (string?)(await silo.GetAsync("queues/%2F/choosing"))["single_active_consumer_tag"]);
        await channel.BasicCancelAsync("first");
        Assert.Equal([("second", true, "single_active")], await ConsumersAsync());

        async Task<IEnumerable<(string Tag, bool Active, string Status)>> ConsumersAsync() =>
            (await silo.GetAsync("consumers/%2F")).AsArray().Where(one => (string)one!["queue"]!["name"]! == "choosing")
                .Select(one => ((string)one!["consumer_tag"]!, (bool)one["active"]!, (string)one["activity_status"]!)).Order();
    }

    [Fact]
    public async Task Channels_that_come_and_go_are_told_as_rates()
    {
        await using var connection = await ConnectAsync("guest", "churning");
        await Native.NativeCluster.Until(
            async () =>
            {
                await (await connection.CreateChannelAsync()).DisposeAsync();
                var churn = (await silo.GetAsync("overview"))["churn_rates"]!;
                return (double)churn["channel_created_details"]!["rate"]! > 0 && (double)churn["channel_closed_details"]!["rate"]! > 0;
            },
            "a sample with channels in it");
    }

    [Fact]
    public async Task A_channel_counts_what_it_does()
    {
        await using var connection = await ConnectAsync("guest", "counted");
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true));
        await channel.QueueDeclareAsync("counting", exclusive: false, autoDelete: false);
        for (var i = 0; i < 3; i++)
        {
            await channel.BasicPublishAsync("", "counting", new byte[] { 1 });
        }

        var got = await channel.BasicGetAsync("counting", autoAck: false);
        await channel.BasicAckAsync(got!.DeliveryTag, multiple: false);
        await channel.BasicGetAsync("counting", autoAck: false);
        await channel.QueueDeclarePassiveAsync("counting");

        var name = (string)(await FindAsync("counted"))["name"]!;
        var item = await silo.GetAsync($"channels/{Uri.EscapeDataString($"{name} (1)")}");
        var stats = item["message_stats"]!;
        Assert.Equal((3, 3, 2, 1), ((int)stats["publish"]!, (int)stats["confirm"]!, (int)stats["get"]!, (int)stats["ack"]!));
        Assert.Equal((true, 1, 0), ((bool)item["confirm"]!, (int)item["messages_unacknowledged"]!, (int)item["messages_unconfirmed"]!));
    }

    [Fact]
    public async Task An_administrator_closes_a_connection_and_the_client_is_told_why()
    {
        await using var connection = await ConnectAsync("guest", "closed");
        var closed = new TaskCompletionSource<ShutdownEventReason>();
        connection.ConnectionShutdownAsync += (_, reason) =>
        {
            closed.TrySetResult(new(reason.ReplyCode, reason.ReplyText));
            return Task.CompletedTask;
        };
        var name = (string)(await FindAsync("closed"))["name"]!;
        using var response = await silo.SendAsync(HttpMethod.Delete, $"connections/{Uri.EscapeDataString(name)}", null, "guest", ("X-Reason", "not wanted"));
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal(new ShutdownEventReason(320, "CONNECTION_FORCED - not wanted"), await closed.Task.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal(HttpStatusCode.NotFound, await silo.StatusAsync(HttpMethod.Delete, $"connections/{Uri.EscapeDataString(name)}"));
    }

    [Fact]
    public async Task Users_see_and_close_their_own_only()
    {
        await using var theirs = await ConnectAsync("guest", "theirs");
        await using var own = await ConnectAsync("user", "own");
        var name = Uri.EscapeDataString((string)(await FindAsync("theirs"))["name"]!);
        var seen = (await silo.GetAsync("connections", "user")).AsArray();
        Assert.All(seen, connection => Assert.Equal("user", (string)connection!["user"]!));
        Assert.Contains(seen, connection => (string?)connection!["user_provided_name"] == "own");
        Assert.Equal(401, (await silo.RefusalAsync(HttpMethod.Get, $"connections/{name}", user: "user")).Status);
        Assert.Equal(401, (await silo.RefusalAsync(HttpMethod.Delete, $"connections/{name}", user: "watcher")).Status);
        Assert.Equal(HttpStatusCode.OK, await silo.StatusAsync(HttpMethod.Get, $"connections/{name}", user: "watcher"));
    }

    private async Task<IConnection> ConnectAsync(string user, string name) =>
        await new ConnectionFactory { Port = silo.Port, UserName = user, Password = user, ClientProvidedName = name, AutomaticRecoveryEnabled = false }
            .CreateConnectionAsync();

    // The client takes a connection for open before it was told so.
    private async Task<JsonNode> FindAsync(string name)
    {
        JsonNode? found = null;
        await Native.NativeCluster.Until(
            async () => (found = (await silo.GetAsync("connections")).AsArray().SingleOrDefault(connection => (string?)connection!["user_provided_name"] == name)) is not null,
            $"the connection {name} to be listed");
        return found!;
    }

    private sealed record ShutdownEventReason(ushort Code, string Text);
}
