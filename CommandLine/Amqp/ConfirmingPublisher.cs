using System.Text.Json.Nodes;
using OrleansBroker.CommandLine.Invocations;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace OrleansBroker.CommandLine.Amqp;

/// <summary>What became of a publish.</summary>
internal enum PublishOutcome
{
    /// <summary>Confirmed; a mandatory message is in a queue.</summary>
    Confirmed,

    /// <summary>No queue took it.</summary>
    Returned,

    /// <summary>The broker refused it (basic.nack).</summary>
    Refused,
}

/// <summary>
/// Publishes on a channel of its own and says what became of each message. The client library can do so, too, but adds a header to every
/// message, and a message that is moved must not change on the way. One caller at a time.
/// </summary>
internal sealed class ConfirmingPublisher : IAsyncDisposable
{
    private readonly IChannel _channel;
    private readonly Lock _lock = new();
    private readonly SortedDictionary<ulong, Pending> _pending = [];
    private ulong _last;

    private ConfirmingPublisher(IChannel channel)
    {
        _channel = channel;
        channel.BasicAcksAsync += (_, ack) => Settle(ack.DeliveryTag, ack.Multiple, PublishOutcome.Confirmed);
        channel.BasicNacksAsync += (_, nack) => Settle(nack.DeliveryTag, nack.Multiple, PublishOutcome.Refused);
        channel.BasicReturnAsync += (_, returned) => Returned(returned);
        channel.ChannelShutdownAsync += (_, reason) => Fail(new OperationInterruptedException(reason));
    }

    public static async Task<ConfirmingPublisher> OpenAsync(IConnection connection, CancellationToken cancellationToken) => new(
        await connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false), cancellationToken));

    /// <summary>Writes the message; the inner task ends with the broker's answer.</summary>
    public async Task<Task<PublishOutcome>> PublishAsync(
        string exchange, string routingKey, bool mandatory, BasicProperties properties, ReadOnlyMemory<byte> body)
    {
        var pending = new Pending(exchange, routingKey, properties, body);
        lock (_lock)
        {
            _pending.Add(++_last, pending);
        }

        // Not cancelled: a message that is on its way has an end.
        await _channel.BasicPublishAsync(exchange, routingKey, mandatory, properties, body, CancellationToken.None);
        return pending.Outcome.Task;
    }

    public Task CloseAsync() => _channel.CloseAsync(CancellationToken.None);

    public ValueTask DisposeAsync() => _channel.DisposeAsync();

    private Task Settle(ulong tag, bool multiple, PublishOutcome outcome)
    {
        List<Pending> settled = [];
        lock (_lock)
        {
            foreach (var one in multiple ? _pending.Keys.TakeWhile(key => key <= tag).ToArray() : [tag])
            {
                if (_pending.Remove(one, out var pending))
                {
                    settled.Add(pending);
                }
            }
        }

        foreach (var pending in settled)
        {
            pending.Outcome.TrySetResult(pending.IsReturned ? PublishOutcome.Returned : outcome);
        }

        return Task.CompletedTask;
    }

    // A return has no number. It precedes its confirm, and what is alike in all of exchange, key, properties and body is routed alike:
    // whichever of two such messages is meant, as many stay as were returned.
    private Task Returned(BasicReturnEventArgs returned)
    {
        lock (_lock)
        {
            foreach (var pending in _pending.Values)
            {
                if (!pending.IsReturned && pending.IsLike(returned))
                {
                    pending.IsReturned = true;
                    return Task.CompletedTask;
                }
            }
        }

        // Which one it was is not known, so none that waits may be taken for published.
        return Fail(new CommandFailure("The broker returned a message that looks like none that was published."));
    }

    private Task Fail(Exception reason)
    {
        Pending[] lost;
        lock (_lock)
        {
            lost = [.. _pending.Values];
            _pending.Clear();
        }

        foreach (var pending in lost)
        {
            pending.Outcome.TrySetException(reason);
        }

        return Task.CompletedTask;
    }

    private sealed class Pending(string exchange, string routingKey, BasicProperties properties, ReadOnlyMemory<byte> body)
    {
        public TaskCompletionSource<PublishOutcome> Outcome { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsReturned { get; set; }

        public bool IsLike(BasicReturnEventArgs returned) =>
            returned.Exchange == exchange && returned.RoutingKey == routingKey && returned.Body.Span.SequenceEqual(body.Span)
            && JsonNode.DeepEquals(PropertiesJson.Of(returned.BasicProperties), PropertiesJson.Of(properties));
    }
}
