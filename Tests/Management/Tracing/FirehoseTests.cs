using System.Text;
using OrleansBroker.Tests.Native;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace OrleansBroker.Tests.Management.Tracing;

/// <summary>Tracing of a virtual host, as RabbitMQ's tools switch it on and read it.</summary>
[Collection(OneManagement.Name)]
public class FirehoseTests(ManagementSilo silo)
{
    [Fact]
    public async Task What_is_published_and_delivered_is_copied_with_what_there_is_to_know_of_it()
    {
        await using var connection = await ConnectAsync("copied", tracing: true);
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true));
        var trace = await TraceAsync(channel);
        await channel.ExchangeDeclareAsync("orders", "direct");
        await channel.QueueDeclareAsync("new", exclusive: false, autoDelete: false);
        await channel.QueueBindAsync("new", "orders", "key");
        var properties = new BasicProperties
        {
            ContentType = "text/plain",
            DeliveryMode = DeliveryModes.Persistent,
            Headers = new Dictionary<string, object?> { ["own"] = 7 },
        };
        await channel.BasicPublishAsync("orders", "key", mandatory: false, properties, "hello"u8.ToArray());

        var published = await NextAsync(channel, trace);
        Assert.Equal(("amq.rabbitmq.trace", "publish.orders", "hello"), (published.Exchange, published.RoutingKey, Encoding.UTF8.GetString(published.Body.Span)));
        var headers = published.BasicProperties.Headers!;
        Assert.Equal(
            ["channel", "connection", "exchange_name", "node", "properties", "routed_queues", "routing_keys", "user", "vhost"],
            headers.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(("orders", "copied", "guest", 1), (Text(headers["exchange_name"]), Text(headers["vhost"]), Text(headers["user"]), headers["channel"]));
        Assert.Equal(["key"], Texts(headers["routing_keys"]));
        Assert.Equal(["new"], Texts(headers["routed_queues"]));
        var name = (string)(await silo.GetAsync("connections")).AsArray().Single(item => (string)item!["vhost"]! == "copied")!["name"]!;
        Assert.Equal(name, Text(headers["connection"]));
        Assert.Equal((string)(await silo.GetAsync("overview"))["node"]!, Text(headers["node"]));
        var own = (IDictionary<string, object?>)headers["properties"]!;
        Assert.Equal(["content_type", "delivery_mode", "headers"], own.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(("text/plain", 2, 7), (Text(own["content_type"]), own["delivery_mode"], ((IDictionary<string, object?>)own["headers"]!)["own"]));

        var got = await channel.BasicGetAsync("new", autoAck: false);
        var first = (await NextAsync(channel, trace)).BasicProperties.Headers!;
        await channel.BasicNackAsync(got!.DeliveryTag, multiple: false, requeue: true);
        var consumer = new AsyncEventingBasicConsumer(channel);
        await channel.BasicConsumeAsync("new", autoAck: true, consumer);
        var second = await NextAsync(channel, trace);
        Assert.Equal("deliver.new", second.RoutingKey);
        Assert.Equal(
            ["channel", "connection", "exchange_name", "node", "properties", "redelivered", "routing_keys", "user", "vhost"],
            first.Keys.Order(StringComparer.Ordinal));
        Assert.Equal((0, 1), (first["redelivered"], second.BasicProperties.Headers!["redelivered"]));
    }

    [Fact]
    public async Task The_switch_takes_effect_at_once_and_copies_are_not_copied()
    {
        await using var connection = await ConnectAsync("switched", tracing: false);
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true));
        var trace = await TraceAsync(channel);
        await channel.QueueDeclareAsync("q", exclusive: false, autoDelete: false);
        await PublishAsync(channel, "before");
        await SwitchAsync("switched", tracing: true);
        await PublishAsync(channel, "between");
        Assert.Equal("between", (await NextAsync(channel, trace)).BasicProperties.Headers is { } headers ? Text(((IDictionary<string, object?>)headers["properties"]!)["message_id"]) : null);
        await SwitchAsync("switched", tracing: false);
        await PublishAsync(channel, "after");
        await SwitchAsync("switched", tracing: true);
        await PublishAsync(channel, "last");

        // Neither what was published meanwhile nor the delivery of the first copy came in between.
        var last = (await NextAsync(channel, trace)).BasicProperties.Headers!;
        Assert.Equal("last", Text(((IDictionary<string, object?>)last["properties"]!)["message_id"]));
        Assert.Equal(0U, await channel.MessageCountAsync(trace));
    }

    private static ValueTask PublishAsync(IChannel channel, string id) =>
        channel.BasicPublishAsync("", "q", mandatory: false, new BasicProperties { MessageId = id }, new byte[1]);

    private static async Task<string> TraceAsync(IChannel channel)
    {
        var queue = (await channel.QueueDeclareAsync()).QueueName;
        await channel.QueueBindAsync(queue, "amq.rabbitmq.trace", "#");
        return queue;
    }

    private static async Task<BasicGetResult> NextAsync(IChannel channel, string queue)
    {
        BasicGetResult? copy = null;
        await NativeCluster.Until(async () => (copy = await channel.BasicGetAsync(queue, autoAck: true)) is not null, "a copy");
        return copy!;
    }

    private static string Text(object? value) => Encoding.UTF8.GetString((byte[])value!);

    private static IEnumerable<string> Texts(object? value) => ((IEnumerable<object?>)value!).Select(Text);

    private async Task<IConnection> ConnectAsync(string virtualHost, bool tracing)
    {
        await SwitchAsync(virtualHost, tracing);
        return await new ConnectionFactory { HostName = "127.0.0.1", Port = silo.Port, VirtualHost = virtualHost }.CreateConnectionAsync();
    }

    private async Task SwitchAsync(string virtualHost, bool tracing) =>
        Assert.True((int)await silo.StatusAsync(HttpMethod.Put, $"vhosts/{virtualHost}", new { tracing }) is 201 or 204);
}
