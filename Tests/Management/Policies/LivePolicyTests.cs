using System.Net;
using OrleansBroker.Tests.Native;
using RabbitMQ.Client;

namespace OrleansBroker.Tests.Management.Policies;

/// <summary>Policies that are changed over HTTP and felt over AMQP.</summary>
[Collection(OneManagement.Name)]
public sealed class LivePolicyTests(ManagementSilo silo) : IAsyncLifetime
{
    private IConnection _connection = null!;
    private IChannel _channel = null!;

    public async Task InitializeAsync()
    {
        _connection = await new ConnectionFactory { Port = silo.Port }.CreateConnectionAsync();
        _channel = await _connection.CreateChannelAsync(new CreateChannelOptions(true, true));
    }

    public async Task DisposeAsync()
    {
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
    }

    [Fact]
    public async Task A_queue_that_is_open_goes_by_a_policy_at_once_and_by_none_when_it_is_gone()
    {
        var name = NativeCluster.Unique("limited");
        await _channel.QueueDeclareAsync(name, durable: true, exclusive: false, autoDelete: false);
        await PublishAsync("", name, 5);
        Assert.Equal(5u, await _channel.MessageCountAsync(name));

        await PutAsync("policies", name, name, """{"max-length":3}""");
        Assert.Equal(3u, await _channel.MessageCountAsync(name));
        await PutAsync("operator-policies", name, name, """{"max-length":2}""");
        Assert.Equal(2u, await _channel.MessageCountAsync(name));

        await silo.StatusAsync(HttpMethod.Delete, $"policies/%2F/{name}");
        await silo.StatusAsync(HttpMethod.Delete, $"operator-policies/%2F/{name}");
        await PublishAsync("", name, 5);
        Assert.Equal(7u, await _channel.MessageCountAsync(name));
    }

    [Fact]
    public async Task A_queue_that_is_declared_later_goes_by_it_too_and_the_dead_go_where_it_says()
    {
        var (name, dead) = (NativeCluster.Unique("later"), NativeCluster.Unique("dead"));
        await PutAsync("policies", name, name, $$"""{"max-length":1,"dead-letter-exchange":"","dead-letter-routing-key":"{{dead}}"}""");
        await _channel.QueueDeclareAsync(dead, durable: true, exclusive: false, autoDelete: false);
        await _channel.QueueDeclareAsync(name, durable: true, exclusive: false, autoDelete: false);

        await PublishAsync("", name, 4);

        await NativeCluster.Until(async () => await _channel.MessageCountAsync(dead) == 3, "three dead letters");
        Assert.Equal(1u, await _channel.MessageCountAsync(name));
    }

    [Fact]
    public async Task A_queue_that_a_policy_lets_expire_goes()
    {
        var name = NativeCluster.Unique("expiring");
        await _channel.QueueDeclareAsync(name, durable: true, exclusive: false, autoDelete: false);
        await PutAsync("policies", name, name, """{"expires":500}""");

        await NativeCluster.Until(
            async () => !(await silo.GetAsync("definitions"))["queues"]!.ToJsonString().Contains(name, StringComparison.Ordinal), "the queue to expire");
    }

    [Fact]
    public async Task An_exchange_gets_and_loses_its_alternate_by_policy()
    {
        var name = NativeCluster.Unique("x");
        await _channel.ExchangeDeclareAsync(name, "direct");
        var queue = (await _channel.QueueDeclareAsync()).QueueName;
        await _channel.QueueBindAsync(queue, "amq.fanout", "");
        await PublishAsync(name, "nowhere", 1);
        Assert.Equal(0u, await _channel.MessageCountAsync(queue));

        await PutAsync("policies", name, name, """{"alternate-exchange":"amq.fanout"}""");
        await PublishAsync(name, "nowhere", 1);
        Assert.Equal(1u, await _channel.MessageCountAsync(queue));

        await silo.StatusAsync(HttpMethod.Delete, $"policies/%2F/{name}");
        await PublishAsync(name, "nowhere", 1);
        Assert.Equal(1u, await _channel.MessageCountAsync(queue));
    }

    private async Task PutAsync(string path, string name, string pattern, string definition) => Assert.Equal(
        HttpStatusCode.Created, await silo.StatusAsync(HttpMethod.Put, $"{path}/%2F/{name}", $$"""{"pattern":"^{{pattern}}$","definition":{{definition}}}"""));

    private async Task PublishAsync(string exchange, string key, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await _channel.BasicPublishAsync(exchange, key, "x"u8.ToArray());
        }
    }
}
