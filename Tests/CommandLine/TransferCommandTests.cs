using System.Globalization;
using System.Text;
using OrleansBroker.Tests.Management;
using OrleansBroker.Tests.Native;
using RabbitMQ.Client;

namespace OrleansBroker.Tests.CommandLine;

/// <summary>Messages that go from queue to queue, against a silo: none is lost, whatever is in the way.</summary>
[Collection(OneManagement.Name)]
public sealed class TransferCommandTests(ManagementSilo silo) : IAsyncLifetime
{
    private readonly string _source = NativeCluster.Unique("cli-source");
    private readonly string _target = NativeCluster.Unique("cli-target");
    private readonly string _exchange = NativeCluster.Unique("cli-exchange");

    private IConnection _connection = null!;
    private IChannel _channel = null!;

    public async Task InitializeAsync()
    {
        _connection = await new ConnectionFactory { HostName = "127.0.0.1", Port = silo.Port }.CreateConnectionAsync();
        _channel = await _connection.CreateChannelAsync();
        await _channel.ExchangeDeclareAsync(_exchange, "topic");
        await _channel.QueueDeclareAsync(_source, durable: true, exclusive: false, autoDelete: false);
        await _channel.QueueDeclareAsync(_target, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?>
        {
            ["x-dead-letter-exchange"] = "",
            ["x-dead-letter-routing-key"] = _source,
        });
        await _channel.QueueBindAsync(_target, _exchange, "job.#");
    }

    public async Task DisposeAsync() => await _connection.DisposeAsync();

    [Fact]
    public async Task All_messages_move_in_their_order_and_as_they_were()
    {
        await PublishAsync("", _source, 500, i => new BasicProperties { MessageId = Text(i), Headers = new Dictionary<string, object?> { ["n"] = i }, Priority = 1 });
        await ToolRun.Done(silo, "move", _source, _target);
        Assert.Equal(0u, await _channel.MessageCountAsync(_source));
        for (var i = 0; i < 500; i++)
        {
            var got = (await _channel.BasicGetAsync(_target, autoAck: true))!;
            Assert.Equal((Text(i), Text(i), 1), (Encoding.UTF8.GetString(got.Body.Span), got.BasicProperties.MessageId, got.BasicProperties.Priority));
            Assert.Equal("n", Assert.Single(got.BasicProperties.Headers!).Key);
        }
    }

    [Fact]
    public async Task A_limit_is_kept_and_what_stays_was_never_touched()
    {
        await PublishAsync("", _source, 300);
        await ToolRun.Done(silo, "move", _source, _target, "--limit", "7");
        Assert.Equal(7u, await _channel.MessageCountAsync(_target));
        var next = (await _channel.BasicGetAsync(_source, autoAck: false))!;
        Assert.Equal(("7", false, 292u), (Encoding.UTF8.GetString(next.Body.Span), next.Redelivered, next.MessageCount));
    }

    [Fact]
    public async Task Nothing_is_lost_when_no_queue_takes_it()
    {
        await PublishAsync("", _source, 300);
        foreach (var line in (string[][])[["move", _source, NativeCluster.Unique("none")], ["move", _source, "-e", _exchange], ["move", _source, "-e", _exchange + "-none"]])
        {
            Assert.Equal(1, (await ToolRun.On(silo, line)).Code);
            Assert.Equal(300u, await _channel.MessageCountAsync(_source));
        }
    }

    [Fact]
    public async Task Nothing_is_lost_when_the_target_refuses_some()
    {
        var full = NativeCluster.Unique("cli-full");
        await ToolRun.Done(silo, "declare", "queue", full, "--max-length", "3", "-a", "x-overflow=reject-publish");
        await PublishAsync("", _source, 10);
        var run = await ToolRun.On(silo, "move", _source, full);
        Assert.Equal(1, run.Code);
        Assert.Equal((3u, 7u), (await _channel.MessageCountAsync(full), await _channel.MessageCountAsync(_source)));
    }

    [Fact]
    public async Task Of_messages_that_are_alike_but_for_a_header_the_right_ones_stay()
    {
        var (headers, red) = (NativeCluster.Unique("cli-headers"), NativeCluster.Unique("cli-red"));
        await ToolRun.Done(silo, "declare", "exchange", headers, "-t", "headers");
        await ToolRun.Done(silo, "declare", "queue", red);
        await ToolRun.Done(silo, "bind", headers, red, "-a", "colour=red");
        var publishing = await _connection.CreateChannelAsync(new CreateChannelOptions(true, true));
        for (var i = 0; i < 100; i++)
        {
            var properties = new BasicProperties { Headers = new Dictionary<string, object?> { ["colour"] = i % 3 == 0 ? "red" : "blue" } };
            await publishing.BasicPublishAsync("", _source, mandatory: true, properties, "same"u8.ToArray());
        }

        Assert.Equal(1, (await ToolRun.On(silo, "move", _source, "-e", headers, "-k", "key")).Code);
        var (moved, stayed) = (await ColoursAsync(red), await ColoursAsync(_source));
        Assert.All(moved, colour => Assert.Equal("red", colour));
        Assert.Equal(100, moved.Count + stayed.Count);
        Assert.Equal(66, stayed.Count(colour => colour == "blue"));
    }

    [Fact]
    public async Task Dead_letters_go_back_and_are_told_from_others()
    {
        await PublishAsync(_exchange, "job.new", 5, i => new BasicProperties { Headers = new Dictionary<string, object?> { ["n"] = i } });
        await RejectAsync(5);
        await PublishAsync("", _source, 1);
        Assert.Equal(5, (int)(await ToolRun.Done(silo, "redrive", _source, "--dry-run", "--format", "json")).Json["sent"]!);
        Assert.Equal(6u, await _channel.MessageCountAsync(_source));
        await ToolRun.Done(silo, "redrive", _source, "--header", "n=3");
        var got = (await _channel.BasicGetAsync(_target, autoAck: true))!;
        Assert.Equal((_exchange, "job.new", "3"), (got.Exchange, got.RoutingKey, Encoding.UTF8.GetString(got.Body.Span)));
        Assert.Equal(["n", "x-redrive-count"], got.BasicProperties.Headers!.Keys.Order());
        await ToolRun.Done(silo, "redrive", _source, "--limit", "2");
        await ToolRun.Done(silo, "redrive", _source, "--to", "queue");
        Assert.Equal(4u, await _channel.MessageCountAsync(_target));
        Assert.Equal(1u, await _channel.MessageCountAsync(_source));
    }

    [Fact]
    public async Task A_letter_that_dies_again_and_again_comes_to_rest()
    {
        await PublishAsync(_exchange, "job.bad", 1);
        for (var i = 0; i < 2; i++)
        {
            await RejectAsync(1);
            await ToolRun.Done(silo, "redrive", _source, "--max-redrives", "2");
        }

        await RejectAsync(1);
        var last = await ToolRun.Done(silo, "redrive", _source, "--max-redrives", "2");
        Assert.Contains("2 times", last.Error, StringComparison.Ordinal);
        Assert.Equal(1u, await _channel.MessageCountAsync(_source));
    }

    [Fact]
    public async Task A_letter_whose_origin_is_gone_stays()
    {
        await PublishAsync(_exchange, "job.new", 1);
        await RejectAsync(1);
        await _channel.ExchangeDeleteAsync(_exchange);
        Assert.Contains("no exchange", (await ToolRun.Done(silo, "redrive", _source)).Error, StringComparison.Ordinal);
        await _channel.ExchangeDeclareAsync(_exchange, "topic");
        Assert.Contains("no queue takes it", (await ToolRun.Done(silo, "redrive", _source)).Error, StringComparison.Ordinal);
        Assert.Equal(1u, await _channel.MessageCountAsync(_source));
    }

    [Fact]
    public async Task More_that_stay_than_may_be_held_end_the_work()
    {
        await PublishAsync("", _source, 20);
        var run = await ToolRun.On(silo, "redrive", _source, "--max-left", "5");
        Assert.Equal(1, run.Code);
        Assert.Contains("--max-left", run.Error, StringComparison.Ordinal);
        Assert.Equal(20u, await _channel.MessageCountAsync(_source));
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private async Task PublishAsync(string exchange, string key, int count, Func<int, BasicProperties>? properties = null)
    {
        await using var channel = await _connection.CreateChannelAsync(new CreateChannelOptions(true, false));
        var confirmed = new TaskCompletionSource();
        channel.BasicAcksAsync += (_, ack) =>
        {
            if (ack.DeliveryTag == (ulong)count)
            {
                confirmed.TrySetResult();
            }

            return Task.CompletedTask;
        };
        for (var i = 0; i < count; i++)
        {
            await channel.BasicPublishAsync(exchange, key, mandatory: true, properties?.Invoke(i) ?? new BasicProperties(), Encoding.UTF8.GetBytes(Text(i)));
        }

        await confirmed.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await NativeCluster.Until(async () => await _channel.MessageCountAsync(exchange.Length == 0 ? key : _target) >= count, "the messages");
    }

    private async Task RejectAsync(int count)
    {
        var before = await _channel.MessageCountAsync(_source);
        for (var i = 0; i < count; i++)
        {
            var got = (await _channel.BasicGetAsync(_target, autoAck: false))!;
            await _channel.BasicRejectAsync(got.DeliveryTag, requeue: false);
        }

        await NativeCluster.Until(async () => await _channel.MessageCountAsync(_source) == before + count, "the dead letters");
    }

    private async Task<List<string>> ColoursAsync(string queue)
    {
        var colours = new List<string>();
        while (await _channel.BasicGetAsync(queue, autoAck: true) is { } got)
        {
            colours.Add(Encoding.UTF8.GetString((byte[])got.BasicProperties.Headers!["colour"]!));
        }

        return colours;
    }
}
