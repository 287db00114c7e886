using System.Globalization;
using System.Net;
using OrleansBroker.Tests.Native;
using RabbitMQ.Client;

namespace OrleansBroker.Tests.Management.Metrics;

[Collection(OneManagement.Name)]
public sealed class PrometheusTests(ManagementSilo silo) : IDisposable
{
    // Every series that the main panels of Grafana's dashboard 10991 (RabbitMQ-Overview) ask for, those of Erlang's machine apart.
    private static readonly string[] OfTheDashboard =
    [
        "rabbitmq_build_info", "rabbitmq_channels", "rabbitmq_channels_closed_total", "rabbitmq_channels_opened_total", "rabbitmq_connections",
        "rabbitmq_connections_closed_total", "rabbitmq_connections_opened_total", "rabbitmq_disk_space_available_bytes",
        "rabbitmq_disk_space_available_limit_bytes", "rabbitmq_erlang_uptime_seconds", "rabbitmq_global_consumers",
        "rabbitmq_global_messages_acknowledged_total", "rabbitmq_global_messages_confirmed_total",
        "rabbitmq_global_messages_delivered_consume_auto_ack_total", "rabbitmq_global_messages_delivered_consume_manual_ack_total",
        "rabbitmq_global_messages_delivered_get_auto_ack_total", "rabbitmq_global_messages_delivered_get_manual_ack_total",
        "rabbitmq_global_messages_delivered_total", "rabbitmq_global_messages_get_empty_total",
        "rabbitmq_global_messages_received_confirm_total", "rabbitmq_global_messages_received_total",
        "rabbitmq_global_messages_redelivered_total", "rabbitmq_global_messages_routed_total",
        "rabbitmq_global_messages_unroutable_dropped_total", "rabbitmq_global_messages_unroutable_returned_total",
        "rabbitmq_global_publishers", "rabbitmq_identity_info", "rabbitmq_message_size_bytes_count", "rabbitmq_message_size_bytes_sum",
        "rabbitmq_process_max_fds", "rabbitmq_process_open_fds", "rabbitmq_process_resident_memory_bytes", "rabbitmq_queue_messages_ready",
        "rabbitmq_queue_messages_unacked", "rabbitmq_queues", "rabbitmq_queues_created_total", "rabbitmq_queues_declared_total",
        "rabbitmq_queues_deleted_total", "rabbitmq_resident_memory_limit_bytes",
    ];

    private readonly HttpClient _client = new();

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task The_dashboard_finds_every_series_once_and_the_silo_that_it_is_of()
    {
        var page = await PageAsync("metrics");
        Assert.All(OfTheDashboard, name => Assert.Single(page.Named(name)));
        Assert.Equal(
            ["100.0", "1000.0", "10000.0", "100000.0", "1e+06", "1e+07", "5e+07", "1e+08", "+Inf"],
            page.Named("rabbitmq_message_size_bytes_bucket").Select(sample => sample.Labels["le"]));

        var identity = page.Named("rabbitmq_identity_info").Single();
        Assert.Equal(["rabbitmq_cluster", "rabbitmq_cluster_permanent_id", "rabbitmq_endpoint", "rabbitmq_node"], identity.Labels.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(("orleansbroker", "aggregated"), (identity.Labels["rabbitmq_cluster"], identity.Labels["rabbitmq_endpoint"]));
        Assert.Equal((string)(await silo.GetAsync("overview"))["node"]!, identity.Labels["rabbitmq_node"]);
        var build = page.Named("rabbitmq_build_info").Single().Labels;
        Assert.True(build.ContainsKey("rabbitmq_version") && build.ContainsKey("erlang_version"));
        Assert.True(page["rabbitmq_process_resident_memory_bytes"] > 0 && page["rabbitmq_resident_memory_limit_bytes"] > 0);
        Assert.Equal("untyped", page.TypeOf("rabbitmq_alarms_memory_used_watermark"));
    }

    [Fact]
    public async Task Messages_are_counted_from_the_publisher_to_the_acknowledgement()
    {
        await using var connection = await ConnectAsync();
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true));
        var before = await PageAsync("metrics");
        await channel.QueueDeclareAsync("measured", exclusive: false, autoDelete: false);
        await channel.BasicPublishAsync("", "measured", new byte[100]);
        await channel.BasicPublishAsync("", "measured", new byte[101]);
        await channel.BasicPublishAsync("amq.direct", "nowhere", new byte[1]);
        var got = await channel.BasicGetAsync("measured", autoAck: false);
        await channel.BasicAckAsync(got!.DeliveryTag, multiple: false);
        await channel.BasicGetAsync("measured", autoAck: true);
        await channel.BasicGetAsync("measured", autoAck: true);
        await channel.QueueDeleteAsync("measured");

        var after = await PageAsync("metrics");
        double Grown(string name) => after[$"rabbitmq_{name}_total"] - before[$"rabbitmq_{name}_total"];
        Assert.Equal((3, 3, 2), (Grown("global_messages_received"), Grown("global_messages_received_confirm"), Grown("global_messages_routed")));
        Assert.Equal((3, 1), (Grown("global_messages_confirmed"), Grown("global_messages_unroutable_dropped")));
        Assert.Equal(
            (1, 1, 1, 2),
            (Grown("global_messages_delivered_get_manual_ack"), Grown("global_messages_delivered_get_auto_ack"), Grown("global_messages_get_empty"), Grown("global_messages_delivered")));
        Assert.Equal((1, 1, 1), (Grown("queues_declared"), Grown("queues_created"), Grown("queues_deleted")));
        double Sized(PrometheusPage page, string bound) => page.Named("rabbitmq_message_size_bytes_bucket").Single(sample => sample.Labels["le"] == bound).Value;
        Assert.Equal((2, 3), (Sized(after, "100.0") - Sized(before, "100.0"), Sized(after, "1000.0") - Sized(before, "1000.0")));
        Assert.Equal(202, after["rabbitmq_message_size_bytes_sum"] - before["rabbitmq_message_size_bytes_sum"]);
        Assert.True(after["rabbitmq_global_publishers"] >= 1 && after["rabbitmq_connections"] >= 1 && after["rabbitmq_channels"] >= 1);
    }

    [Fact]
    public async Task What_is_rejected_and_what_expires_is_counted_as_dead_lettered()
    {
        await using var connection = await ConnectAsync();
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true));
        await channel.QueueDeclareAsync("doomed", exclusive: false, autoDelete: false, arguments: new Dictionary<string, object?> { ["x-message-ttl"] = 0 });
        await channel.QueueDeclareAsync("refused", exclusive: false, autoDelete: false);
        var before = await PageAsync("metrics");
        await channel.BasicPublishAsync("", "doomed", new byte[1]);
        await channel.BasicPublishAsync("", "refused", new byte[1]);
        var got = await channel.BasicGetAsync("refused", autoAck: false);
        await channel.BasicRejectAsync(got!.DeliveryTag, requeue: false);
        await NativeCluster.Until(
            async () =>
            {
                var after = await PageAsync("metrics");
                double Grown(string reason) => after[$"rabbitmq_global_messages_dead_lettered_{reason}_total"] - before[$"rabbitmq_global_messages_dead_lettered_{reason}_total"];
                return Grown("expired") == 1 && Grown("rejected") == 1;
            },
            "both are counted");
    }

    [Fact]
    public async Task Queues_connections_and_channels_have_series_of_their_own_where_they_are_asked_for()
    {
        const string Name = "a \"quoted\" \\ name";
        await using var connection = await ConnectAsync();
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true));
        await channel.QueueDeclareAsync(Name, exclusive: false, autoDelete: false);
        await channel.BasicPublishAsync("", Name, new byte[3]);
        var page = await PageAsync("metrics/per-object");
        Assert.Equal(1, page.Named("rabbitmq_queue_messages_ready").Single(sample => sample.Labels["queue"] == Name && sample.Labels["vhost"] == "/").Value);
        Assert.Equal(3, page.Named("rabbitmq_queue_messages_ready_bytes").Single(sample => sample.Labels["queue"] == Name).Value);
        Assert.Contains(page.Named("rabbitmq_connection_incoming_bytes_total"), sample => sample.Value > 0);
        Assert.Contains(page.Named("rabbitmq_channel_messages_unconfirmed"), sample => sample.Labels["channel"].EndsWith(" (1)", StringComparison.Ordinal));
        Assert.Equal("per-object", page.Named("rabbitmq_identity_info").Single().Labels["rabbitmq_endpoint"]);
    }

    [Fact]
    public async Task Only_the_families_and_virtual_hosts_are_told_that_are_asked_for()
    {
        await silo.StatusAsync(HttpMethod.Put, "vhosts/measured");
        await silo.StatusAsync(HttpMethod.Put, "queues/measured/there", new { durable = true });
        await silo.StatusAsync(HttpMethod.Put, "queues/%2F/elsewhere", new { durable = true });
        var page = await PageAsync("metrics/detailed?vhost=measured&family=queue_coarse_metrics&family=no_such_metrics");
        Assert.Equal(
            ["rabbitmq_detailed_queue_messages_ready", "rabbitmq_detailed_queue_messages_unacked", "rabbitmq_detailed_queue_messages", "rabbitmq_detailed_queue_info", "rabbitmq_build_info", "rabbitmq_identity_info"],
            page.Samples.Select(sample => sample.Name).Distinct());
        Assert.All(page.Named("rabbitmq_detailed_queue_messages"), sample => Assert.Equal("measured", sample.Labels["vhost"]));
        Assert.Contains(page.Named("rabbitmq_detailed_queue_messages"), sample => sample.Labels["queue"] == "there");
        Assert.Equal("measured", Assert.Single((await PageAsync("metrics/detailed?vhost=measured&family=vhost_status")).Named("rabbitmq_cluster_vhost_status")).Labels["vhost"]);
    }

    [Fact]
    public async Task Logins_exchanges_channels_and_what_queues_are_have_families_of_their_own()
    {
        await using var connection = await ConnectAsync();
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true));
        await channel.ExchangeDeclareAsync("metered", "fanout");
        await channel.QueueDeclareAsync("metered", exclusive: false, autoDelete: false);
        await channel.QueueBindAsync("metered", "metered", "");
        await channel.BasicPublishAsync("metered", "", mandatory: false, new BasicProperties { Timestamp = new AmqpTimestamp(1_700_000_000) }, new byte[1]);
        await channel.BasicPublishAsync("metered", "", new byte[1]);

        Assert.True((await PageAsync("metrics")).Named("rabbitmq_auth_attempts_succeeded_total").Single(sample => sample.Labels["protocol"] == "amqp091").Value >= 1);
        var page = await PageAsync(
            "metrics/detailed?family=auth_attempt_metrics&family=auth_attempt_detailed_metrics&family=exchange_metrics&family=queue_exchange_metrics"
            + "&family=exchange_bindings&family=exchange_names&family=queue_metrics&family=channel_exchange_metrics&family=channel_queue_metrics");
        PrometheusPage.Sample One(string name, string label) => page.Named(name).Single(sample => sample.Labels[label] == "metered");
        Assert.Equal(2, One("rabbitmq_detailed_exchange_messages_published_total", "exchange").Value);
        Assert.Equal(("metered", 2), (One("rabbitmq_detailed_queue_exchange_messages_published_total", "queue").Labels["exchange"], One("rabbitmq_detailed_queue_exchange_messages_published_total", "queue").Value));
        Assert.Equal((1, "fanout"), (One("rabbitmq_cluster_exchange_bindings", "exchange").Value, One("rabbitmq_cluster_exchange_bindings", "exchange").Labels["type"]));
        Assert.Equal(1, One("rabbitmq_cluster_exchange_name", "exchange").Value);
        Assert.Equal("leader", One("rabbitmq_detailed_queue_info", "queue").Labels["membership"]);
        Assert.Equal((2, 1_700_000_000), (One("rabbitmq_detailed_queue_messages_ready_ram", "queue").Value, One("rabbitmq_detailed_queue_head_message_timestamp", "queue").Value));
        Assert.Equal(("/", 2), (One("rabbitmq_detailed_channel_messages_published_total", "exchange").Labels["vhost"], One("rabbitmq_detailed_channel_messages_published_total", "exchange").Value));
        Assert.Contains(page.Named("rabbitmq_detailed_channel_messages_confirmed_total"), sample => sample.Value == 2);
        Assert.Contains(page.Named("rabbitmq_detailed_auth_attempts_detailed_succeeded_total"), sample => sample.Labels["username"] == "guest" && sample.Labels["remote_address"] == "127.0.0.1");
        await channel.QueueDeleteAsync("metered");
        await channel.ExchangeDeleteAsync("metered");
    }

    [Fact]
    public async Task What_memory_is_taken_by_adds_up()
    {
        var page = await PageAsync("metrics/memory-breakdown");
        var sum = page.Samples.Where(sample => sample.Name.StartsWith("rabbitmq_memory_", StringComparison.Ordinal)).Sum(sample => sample.Value);
        var resident = (await PageAsync("metrics"))["rabbitmq_process_resident_memory_bytes"];
        Assert.InRange(sum, resident * 0.5, resident * 2);
        Assert.Equal("memory-breakdown", page.Named("rabbitmq_identity_info").Single().Labels["rabbitmq_endpoint"]);
    }

    [Fact]
    public async Task The_port_serves_metrics_without_a_login_and_nothing_else()
    {
        using var response = await _client.GetAsync(Address("metrics"));
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.Equal(HttpStatusCode.NotFound, (await _client.GetAsync(Address("api/overview"))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _client.GetAsync(Address("health/live"))).StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await _client.PostAsync(Address("metrics"), null)).StatusCode);
        var elsewhere = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{silo.HttpPort}/metrics"));
        Assert.Equal(HttpStatusCode.NotFound, (await _client.GetAsync(elsewhere)).StatusCode);
    }

    private async Task<PrometheusPage> PageAsync(string path) => PrometheusPage.Parse(await _client.GetStringAsync(Address(path)));

    private Uri Address(string path) => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{silo.MetricsPort}/{path}"));

    private async Task<IConnection> ConnectAsync() => await new ConnectionFactory { HostName = "127.0.0.1", Port = silo.Port }.CreateConnectionAsync();
}
