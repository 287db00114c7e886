using System.Text;
using OrleansBroker.ClientLib.Consuming;
using OrleansBroker.ClientLib.Messages;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Queues;

namespace OrleansBroker.ClientLib;

/// <summary>
/// A message that a queue delivered. Its bytes are a slice of the batch that it came with: an application that keeps it for long keeps
/// the batch in memory, and copies what it needs instead.
/// </summary>
/// <remarks>
/// Settling is gathered and sent with what else is settled at the time: <see cref="AckAsync"/> and its like return at once. A
/// settlement that does not reach the broker makes it deliver the message again. The first settlement of a delivery counts.
/// </remarks>
public sealed class Delivery
{
    private readonly BrokerMessage _message;
    private readonly Payload _payload;
    private readonly ISettler _settler;
    private readonly long _number;
    private MessageProperties? _properties;
    private int _isSettled;

    internal Delivery(BrokerMessage message, bool redelivered, long number, ISettler settler, Payload payload)
    {
        _message = message;
        Redelivered = redelivered;
        _number = number;
        _settler = settler;
        _payload = payload;
    }

    /// <summary>The payload.</summary>
    public ReadOnlyMemory<byte> Body => _message.Body;

    /// <summary>The payload as UTF-8 text.</summary>
    public string Text => Encoding.UTF8.GetString(_message.Body.Span);

    /// <summary>The exchange that it was published to; empty for the default exchange.</summary>
    public string Exchange => _message.Exchange;

    /// <summary>The routing key that it was published with.</summary>
    public string RoutingKey => _message.RoutingKey;

    /// <summary>Whether it may have been delivered before.</summary>
    public bool Redelivered { get; }

    /// <summary>The properties, decoded when they are first asked for.</summary>
    public MessageProperties Properties => _properties ??= MessageProperties.Decode(_message.Properties.Span);

    /// <summary>The application headers.</summary>
    public IReadOnlyDictionary<string, object?> Headers => Properties.Headers;

    /// <summary>How many deliveries of it failed before.</summary>
    public long DeliveryCount =>
        Headers.TryGetValue("x-delivery-count", out var count) && count is long or int
            ? Convert.ToInt64(count, System.Globalization.CultureInfo.InvariantCulture)
            : 0;

    internal BrokerMessage Message => _message;

    internal long Number => _number;

    /// <summary>The payload as a typed value: JSON by System.Text.Json, or itself for <see cref="string"/> and <c>byte[]</c>.</summary>
    public T? As<T>() => _payload.Decode<T>(_message.Body);

    /// <summary>Done: the message leaves the queue.</summary>
    public ValueTask AckAsync() => SettleAsync(Settlement.Ack);

    /// <summary>
    /// Not done: the message returns to its place in the queue, or, without <paramref name="requeue"/>, is dead-lettered. This does not
    /// count as a failed delivery; <see cref="RejectAsync"/> does.
    /// </summary>
    public ValueTask NackAsync(bool requeue = true) => SettleAsync(requeue ? Settlement.Return : Settlement.Discard);

    /// <summary>
    /// Failed: the message returns to its place, and is dead-lettered once it has failed as often as the queue allows; without
    /// <paramref name="requeue"/> at once.
    /// </summary>
    public ValueTask RejectAsync(bool requeue = true) => SettleAsync(requeue ? Settlement.Reject : Settlement.Discard);

    internal void Settle(Settlement how)
    {
        if (Interlocked.Exchange(ref _isSettled, 1) == 0)
        {
            _settler.Settle(_number, how);
        }
    }

    private ValueTask SettleAsync(Settlement how)
    {
        Settle(how);
        return ValueTask.CompletedTask;
    }
}
