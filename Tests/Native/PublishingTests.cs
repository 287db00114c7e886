using System.Text;
using OrleansBroker.ClientLib;
using OrleansBroker.ClientLib.Publishing;
using OrleansBroker.Grains.Interfaces.Errors;

namespace OrleansBroker.Tests.Native;

[Collection(OneSilo.Name)]
public sealed class PublishingTests(NativeCluster cluster)
{
    private sealed record Order(int Number, string Customer);

    [Fact]
    public async Task Hello_world_reaches_its_queue_through_an_exchange()
    {
        var connection = await cluster.ConnectAsync();
        await connection.CreateExchangeAsync("topic", ExchangeType.Direct);
        await connection.CreateQueueAsync("topic1", exchange: "topic");

        await connection.PublishAsync("hello", queue: "topic1", exchange: "topic");

        await foreach (var delivery in connection.ReadAllAsync("topic1"))
        {
            Assert.Equal("hello", delivery.Text);
            Assert.Equal("topic", delivery.Exchange);
            Assert.Equal("topic1", delivery.RoutingKey);
            await delivery.AckAsync();
            break;
        }

        Assert.Equal(0, (await connection.GetQueueAsync("topic1")).Messages);
    }

    [Fact]
    public async Task A_queue_that_is_named_without_an_exchange_gets_the_message()
    {
        var connection = await cluster.ConnectAsync();
        var queue = NativeCluster.Unique("plain");
        await connection.CreateQueueAsync(queue);

        await connection.PublishAsync("one", queue: queue);

        var got = await connection.GetAsync(queue);
        Assert.Equal("one", got!.Text);
        await got.AckAsync();
        Assert.Null(await connection.GetAsync(queue));
    }

    [Fact]
    public async Task A_fanout_exchange_brings_the_message_to_every_queue()
    {
        var connection = await cluster.ConnectAsync();
        var exchange = NativeCluster.Unique("fanout");
        await connection.CreateExchangeAsync(exchange, ExchangeType.Fanout);
        string[] queues = [NativeCluster.Unique("a"), NativeCluster.Unique("b")];
        foreach (var queue in queues)
        {
            await connection.CreateQueueAsync(queue, exchange: exchange);
        }

        await connection.PublishAsync("news", queue: queues[0], exchange: exchange);

        foreach (var queue in queues)
        {
            Assert.Equal("news", (await connection.GetAsync(queue, autoAck: true))?.Text);
        }
    }

    [Fact]
    public async Task A_routing_key_counts_before_the_queues_name()
    {
        var connection = await cluster.ConnectAsync();
        var exchange = NativeCluster.Unique("topic");
        var queue = NativeCluster.Unique("eu");
        await connection.CreateExchangeAsync(exchange, ExchangeType.Topic);
        await connection.CreateQueueAsync(queue, exchange: exchange, routingKey: "order.*.eu");

        await connection.PublishAsync("1", queue: queue, exchange: exchange);
        await connection.PublishAsync("2", queue: queue, exchange: exchange, routingKey: "order.new.eu");

        Assert.Equal("2", (await connection.GetAsync(queue, autoAck: true))?.Text);
        Assert.Null(await connection.GetAsync(queue));
    }

    [Fact]
    public async Task Headers_route_and_every_property_arrives_as_it_was_sent()
    {
        var connection = await cluster.ConnectAsync();
        var exchange = NativeCluster.Unique("headers");
        var queue = NativeCluster.Unique("h");
        await connection.CreateExchangeAsync(exchange, ExchangeType.Headers);
        await connection.CreateQueueAsync(queue);
        await connection.BindAsync(queue, exchange, "", new Dictionary<string, object?> { ["x-match"] = "all", ["kind"] = "pdf" });
        var sent = new MessageProperties
        {
            ContentType = "a/b",
            ContentEncoding = "gzip",
            Headers = new Dictionary<string, object?>
            {
                ["kind"] = "pdf",
                ["n"] = 42L,
                ["when"] = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000),
                ["list"] = new object?[] { 1, "two", null },
                ["map"] = new Dictionary<string, object?> { ["deep"] = true },
            },
            Priority = 7,
            TimeToLive = TimeSpan.FromMinutes(5),
            CorrelationId = "c",
            ReplyTo = "r",
            MessageId = "m",
            Timestamp = DateTimeOffset.FromUnixTimeSeconds(1_700_000_001),
            Type = "t",
            UserId = "guest",
            AppId = "app",
            ClusterId = "x",
        };

        await connection.PublishAsync(Encoding.UTF8.GetBytes("x"), exchange: exchange, properties: sent);

        var got = (await connection.GetAsync(queue, autoAck: true))!;
        Assert.Equal(sent with { Headers = got.Properties.Headers }, got.Properties);
        Assert.Equal("pdf", got.Headers["kind"]);
        Assert.Equal(42L, got.Headers["n"]);
        Assert.Equal(sent.Headers["when"], got.Headers["when"]);
        Assert.Equal(new object?[] { 1, "two", null }, got.Headers["list"]);
        Assert.Equal(true, ((IReadOnlyDictionary<string, object?>)got.Headers["map"]!)["deep"]);
    }

    [Fact]
    public async Task Bytes_pass_untouched_and_other_types_go_as_json()
    {
        var connection = await cluster.ConnectAsync();
        var queue = NativeCluster.Unique("types");
        await connection.CreateQueueAsync(queue);
        byte[] raw = [0, 255, 1, 254];

        await connection.PublishAsync(raw, queue: queue);
        await connection.PublishAsync(raw.AsMemory(1, 2), queue: queue);
        await connection.PublishAsync(new Order(1, "Ada"), queue: queue);

        Assert.Equal(raw, (await connection.GetAsync(queue, autoAck: true))!.Body.ToArray());
        Assert.Equal(raw[1..3], (await connection.GetAsync(queue, autoAck: true))!.As<byte[]>());
        var order = (await connection.GetAsync(queue, autoAck: true))!;
        Assert.Equal("""{"number":1,"customer":"Ada"}""", order.Text);
        Assert.Equal("application/json", order.Properties.ContentType);
        Assert.Equal(new Order(1, "Ada"), order.As<Order>());
    }

    [Fact]
    public async Task Inside_a_silo_the_applications_buffer_stays_the_applications()
    {
        var inside = cluster.Inside();
        var queue = NativeCluster.Unique("buffer");
        await inside.CreateQueueAsync(queue);
        byte[] buffer = [1, 2, 3];

        await inside.PublishAsync(buffer, queue: queue);
        buffer[0] = 9;

        Assert.Equal(new byte[] { 1, 2, 3 }, (await inside.GetAsync(queue, autoAck: true))!.Body.ToArray());
    }

    [Fact]
    public async Task Messages_are_persistent_unless_said_otherwise()
    {
        var connection = await cluster.ConnectAsync();
        var queue = NativeCluster.Unique("persistent");
        await connection.CreateQueueAsync(queue);

        await connection.PublishAsync("1", queue: queue);
        await connection.PublishAsync("2", queue: queue, properties: new() { Persistent = false });

        Assert.True((await connection.GetAsync(queue, autoAck: true))!.Properties.Persistent);
        Assert.False((await connection.GetAsync(queue, autoAck: true))!.Properties.Persistent);
    }

    [Fact]
    public async Task Only_a_mandatory_message_that_no_queue_wants_is_a_failure()
    {
        var connection = await cluster.ConnectAsync();

        await connection.PublishAsync("lost", exchange: "amq.direct", routingKey: "nobody");
        var failure = await Assert.ThrowsAsync<UnroutableException>(
            () => connection.PublishAsync("missed", exchange: "amq.direct", routingKey: "nobody", mandatory: true));

        Assert.Equal(("amq.direct", "nobody"), (failure.Exchange, failure.RoutingKey));
    }

    [Fact]
    public async Task A_full_queue_that_rejects_publishes_is_told_to_its_publisher_only()
    {
        var connection = await cluster.ConnectAsync();
        var full = NativeCluster.Unique("full");
        var other = NativeCluster.Unique("other");
        await connection.CreateQueueAsync(full, options: new() { MaxLength = 1, Overflow = Overflow.RejectPublish });
        await connection.CreateQueueAsync(other);
        await connection.PublishAsync("fits", queue: full);

        var refused = connection.PublishAsync("too much", queue: full);
        var accepted = connection.PublishAsync("fine", queue: other);

        await Assert.ThrowsAsync<PublishRefusedException>(() => refused);
        await accepted;
        Assert.Equal(1, (await connection.GetQueueAsync(other)).Messages);
    }

    [Fact]
    public async Task An_exchange_that_does_not_exist_is_a_404_and_harms_no_other_message()
    {
        var connection = await cluster.ConnectAsync();
        var queue = NativeCluster.Unique("beside");
        await connection.CreateQueueAsync(queue);

        var missing = connection.PublishAsync("x", exchange: "no-such-exchange");
        var fine = connection.PublishAsync("y", queue: queue);

        var failure = await Assert.ThrowsAsync<BrokerException>(() => missing);
        Assert.Equal(ReplyCode.NotFound, failure.Code);
        Assert.Equal("NOT_FOUND - no exchange 'no-such-exchange' in vhost '/'", failure.Message);
        await fine;
    }

    [Fact]
    public async Task A_batch_is_enqueued_whole_and_in_order()
    {
        var connection = await cluster.ConnectAsync();
        var queue = NativeCluster.Unique("batch");
        await connection.CreateQueueAsync(queue);

        await connection.PublishBatchAsync(Enumerable.Range(0, 1000).Select(i => $"{i}"), queue: queue);
        await connection.PublishBatchAsync(
            [new PublishMessage { Body = "own route"u8.ToArray(), Exchange = "", RoutingKey = queue }], exchange: "amq.fanout");

        Assert.Equal(1001, (await connection.GetQueueAsync(queue)).Messages);
        for (var i = 0; i < 1000; i++)
        {
            Assert.Equal($"{i}", (await connection.GetAsync(queue, autoAck: true))!.Text);
        }

        Assert.Equal("own route", (await connection.GetAsync(queue, autoAck: true))!.Text);
    }

    [Fact]
    public async Task Publishes_keep_the_order_of_the_calls_also_where_they_wait_for_room()
    {
        // Room for some ten messages: most calls wait in line.
        var connection = await cluster.ConnectAsync(new() { MaxPendingBytes = 10_000 });
        var queue = NativeCluster.Unique("line");
        await connection.CreateQueueAsync(queue);
        var filler = new string('x', 1000);

        await Task.WhenAll(Enumerable.Range(0, 2000).Select(i => connection.PublishAsync($"{i} {filler}", queue: queue)));

        var expected = 0;
        await foreach (var delivery in connection.ReadAllAsync(queue, autoAck: true))
        {
            Assert.StartsWith($"{expected} ", delivery.Text, StringComparison.Ordinal);
            if (++expected == 2000)
            {
                break;
            }
        }
    }

    [Fact]
    public async Task A_publish_that_is_cancelled_before_it_is_sent_is_not_sent()
    {
        var connection = await cluster.ConnectAsync();
        var queue = NativeCluster.Unique("cancelled");
        await connection.CreateQueueAsync(queue);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => connection.PublishAsync("never", queue: queue, cancellationToken: cancelled.Token));

        await connection.PublishAsync("marker", queue: queue);
        Assert.Equal("marker", (await connection.GetAsync(queue, autoAck: true))!.Text);
    }

    [Fact]
    public async Task A_message_with_a_time_to_live_expires_and_one_of_priority_overtakes()
    {
        var connection = await cluster.ConnectAsync();
        var queue = NativeCluster.Unique("ttl");
        await connection.CreateQueueAsync(queue, options: new() { MaxPriority = 5 });
        await connection.PublishAsync("low", queue: queue);
        await connection.PublishAsync("high", queue: queue, properties: new() { Priority = 5 });
        await connection.PublishAsync("brief", queue: queue, properties: new() { TimeToLive = TimeSpan.FromMilliseconds(50) });

        await NativeCluster.Until(async () => (await connection.GetQueueAsync(queue)).Messages == 2, "the expiry");

        Assert.Equal("high", (await connection.GetAsync(queue, autoAck: true))!.Text);
        Assert.Equal("low", (await connection.GetAsync(queue, autoAck: true))!.Text);
    }
}
