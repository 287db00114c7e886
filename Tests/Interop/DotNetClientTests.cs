using System.Text;
using OrleansBroker.Tests.Gateway.Wire;
using OrleansBroker.Tests.Native;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace OrleansBroker.Tests.Interop;

/// <summary>What users of RabbitMQ.Client 7 do.</summary>
[Collection(OneGateway.Name)]
public sealed class DotNetClientTests(GatewaySilo silo) : IAsyncLifetime
{
    private static readonly CreateChannelOptions Confirming = new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true);

    private IConnection _connection = null!;

    public async Task InitializeAsync() => _connection = await ConnectAsync();

    public async Task DisposeAsync() => await _connection.DisposeAsync();

    [Fact]
    public async Task What_is_published_with_confirms_is_got_and_acked()
    {
        await using var channel = await _connection.CreateChannelAsync(Confirming);
        var queue = (await channel.QueueDeclareAsync()).QueueName;
        for (var i = 0; i < 100; i++)
        {
            await channel.BasicPublishAsync("", queue, mandatory: true, Body($"m{i}"));
        }

        Assert.Equal(100u, (await channel.QueueDeclarePassiveAsync(queue)).MessageCount);
        for (var i = 0; i < 100; i++)
        {
            var got = (await channel.BasicGetAsync(queue, autoAck: false))!;
            Assert.Equal($"m{i}", Encoding.UTF8.GetString(got.Body.Span));
            await channel.BasicAckAsync(got.DeliveryTag, multiple: false);
        }

        Assert.Null(await channel.BasicGetAsync(queue, autoAck: false));
    }

    [Fact]
    public async Task An_unroutable_mandatory_message_comes_back()
    {
        await using var channel = await _connection.CreateChannelAsync(Confirming);
        var failure = await Assert.ThrowsAsync<PublishReturnException>(
            async () => await channel.BasicPublishAsync("amq.direct", NativeCluster.Unique("nowhere"), mandatory: true, Body("x")));
        Assert.Equal(312, failure.ReplyCode);
    }

    [Fact]
    public async Task A_consumer_gets_acks_and_nacks()
    {
        await using var channel = await _connection.CreateChannelAsync(Confirming);
        var queue = (await channel.QueueDeclareAsync()).QueueName;
        await channel.BasicQosAsync(0, 10, global: false);
        var seen = new List<(string Body, bool Redelivered)>();
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += async (_, delivery) =>
        {
            seen.Add((Encoding.UTF8.GetString(delivery.Body.Span), delivery.Redelivered));
            if (delivery.Redelivered || seen.Count > 1)
            {
                await channel.BasicAckAsync(delivery.DeliveryTag, multiple: false);
            }
            else
            {
                await channel.BasicNackAsync(delivery.DeliveryTag, multiple: false, requeue: true);
            }

            if (seen.Count == 51)
            {
                done.SetResult();
            }
        };
        await channel.BasicConsumeAsync(queue, autoAck: false, consumer);
        for (var i = 0; i < 50; i++)
        {
            await channel.BasicPublishAsync("", queue, Body($"m{i}"));
        }

        await done.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Contains(("m0", true), seen);
        Assert.Equal(50, seen.Select(s => s.Body).Distinct().Count());
    }

    [Fact]
    public async Task A_transaction_publishes_on_commit_and_forgets_on_rollback()
    {
        await using var channel = await _connection.CreateChannelAsync();
        var queue = (await channel.QueueDeclareAsync()).QueueName;
        await channel.TxSelectAsync();
        await channel.BasicPublishAsync("", queue, Body("kept"));
        Assert.Equal(0u, await channel.MessageCountAsync(queue));
        await channel.TxCommitAsync();
        await channel.BasicPublishAsync("", queue, Body("dropped"));
        await channel.TxRollbackAsync();
        Assert.Equal(1u, await channel.MessageCountAsync(queue));
    }

    [Fact]
    public async Task An_exclusive_queue_is_locked_and_goes_with_its_connection()
    {
        var queue = NativeCluster.Unique("exclusive");
        var owner = await ConnectAsync();
        await using (var channel = await owner.CreateChannelAsync())
        {
            await channel.QueueDeclareAsync(queue, durable: false, exclusive: true, autoDelete: false);
        }

        await using (var other = await _connection.CreateChannelAsync())
        {
            var locked = await Assert.ThrowsAsync<OperationInterruptedException>(async () => await other.QueueDeclarePassiveAsync(queue));
            Assert.Equal(405, locked.ShutdownReason!.ReplyCode);
        }

        await owner.DisposeAsync();
        await using var third = await _connection.CreateChannelAsync();
        var missing = await Assert.ThrowsAsync<OperationInterruptedException>(async () => await third.QueueDeclarePassiveAsync(queue));
        Assert.Equal($"NOT_FOUND - no queue '{queue}' in vhost '/'", missing.ShutdownReason!.ReplyText);
    }

    [Fact]
    public async Task An_alternate_exchange_takes_what_no_binding_matches()
    {
        await using var channel = await _connection.CreateChannelAsync(Confirming);
        var (main, rest) = (NativeCluster.Unique("main"), NativeCluster.Unique("rest"));
        await channel.ExchangeDeclareAsync(rest, "fanout");
        await channel.ExchangeDeclareAsync(main, "direct", arguments: new Dictionary<string, object?> { ["alternate-exchange"] = rest });
        var queue = (await channel.QueueDeclareAsync()).QueueName;
        await channel.QueueBindAsync(queue, rest, "");
        await channel.BasicPublishAsync(main, "unmatched", mandatory: true, Body("x"));
        Assert.Equal(1u, await channel.MessageCountAsync(queue));
    }

    [Fact]
    public async Task Direct_reply_to_brings_the_answer_to_the_channel_that_asked()
    {
        await using var asking = await _connection.CreateChannelAsync();
        await using var answering = await _connection.CreateChannelAsync();
        var queue = (await answering.QueueDeclareAsync()).QueueName;
        var answer = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var replies = new AsyncEventingBasicConsumer(asking);
        replies.ReceivedAsync += (_, reply) =>
        {
            answer.TrySetResult(Encoding.UTF8.GetString(reply.Body.Span));
            return Task.CompletedTask;
        };
        await asking.BasicConsumeAsync("amq.rabbitmq.reply-to", autoAck: true, replies);
        await asking.BasicPublishAsync("", queue, mandatory: false, new BasicProperties { ReplyTo = "amq.rabbitmq.reply-to" }, Body("question"));
        BasicGetResult? question = null;
        await NativeCluster.Until(async () => (question = await answering.BasicGetAsync(queue, autoAck: true)) is not null, "the question");
        await answering.BasicPublishAsync("", question!.BasicProperties.ReplyTo!, Body("answer"));
        Assert.Equal("answer", await answer.Task.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    private static byte[] Body(string text) => Encoding.UTF8.GetBytes(text);

    private Task<IConnection> ConnectAsync() => new ConnectionFactory
    {
        HostName = "127.0.0.1",
        Port = silo.Port,
        ContinuationTimeout = TimeSpan.FromSeconds(30),
    }.CreateConnectionAsync();
}
