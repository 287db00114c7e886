using OrleansBroker.Grains.Delays;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Queues.Core;

/// <summary>What a full queue does.</summary>
internal enum OverflowMode
{
    /// <summary>Drops from its head (dead-letters: maxlen).</summary>
    DropHead,
    /// <summary>Refuses what is published.</summary>
    RejectPublish,
    /// <summary>Refuses what is published and dead-letters it.</summary>
    RejectPublishDeadLetter,
}

/// <summary>Which returned messages wait before they are ready again.</summary>
[Flags]
internal enum RetryMode
{
    /// <summary>None.</summary>
    Disabled = 0,
    /// <summary>Those whose delivery failed: rejected, or their consumer was lost or too slow.</summary>
    Failed = 1,
    /// <summary>Those that a consumer gave back without having failed (basic.nack).</summary>
    Returned = 2,
    /// <summary>All.</summary>
    All = Failed | Returned,
}

/// <summary>A queue's definition with its arguments decoded and checked.</summary>
internal sealed record QueueSettings
{
    /// <summary>The argument of queues, and of consumers, that bounds how long a message may be kept.</summary>
    public const string ConsumerTimeoutArgument = "x-consumer-timeout";

    /// <summary>Messages a priority queue of type quorum tells apart without being asked to (RabbitMQ 4.3).</summary>
    private const int QuorumPriorities = 31;

    /// <summary>The delivery limit of a quorum queue that names none.</summary>
    private const int QuorumDeliveryLimit = 20;

    /// <summary>Milliseconds a message lives; null: for ever. 0: only if it can be delivered at once.</summary>
    public long? MessageTtl { get; init; }
    /// <summary>Milliseconds after which an unused queue is deleted; null: never.</summary>
    public long? Expires { get; init; }
    /// <summary>Most ready messages; null: no limit.</summary>
    public long? MaxLength { get; init; }
    /// <summary>Most octets of the ready messages' bodies; null: no limit.</summary>
    public long? MaxLengthBytes { get; init; }
    /// <summary>What happens beyond those.</summary>
    public OverflowMode Overflow { get; init; }
    /// <summary>Where dead messages go; null: nowhere; empty: the default exchange.</summary>
    public string? DeadLetterExchange { get; init; }
    /// <summary>Under which key; null: the message's own.</summary>
    public string? DeadLetterRoutingKey { get; init; }
    /// <summary>The exchange whose delayed messages these are: each leaves for it when its delay is over. Null: an ordinary queue.</summary>
    public string? DelayedExchange { get; init; }
    /// <summary>Whether what dies here goes on to an exchange.</summary>
    public bool Forwards => DeadLetterExchange is not null || DelayedExchange is not null;
    /// <summary>Highest priority that is told apart; 0: none.</summary>
    public int MaxPriority { get; init; }
    /// <summary>Whether one consumer at a time is served.</summary>
    public bool SingleActiveConsumer { get; init; }
    /// <summary>How many failed deliveries a message survives; null: any number.</summary>
    public int? DeliveryLimit { get; init; }
    /// <summary>Which returned messages wait before they are ready again.</summary>
    public RetryMode Retry { get; init; }
    /// <summary>Milliseconds that a returned message waits for each failed delivery.</summary>
    public long RetryMin { get; init; }
    /// <summary>Most milliseconds that it waits.</summary>
    public long RetryMax { get; init; }
    /// <summary>Milliseconds that a consumer may keep a message; 0: for ever; null: what the broker's options say.</summary>
    public long? ConsumerTimeout { get; init; }
    /// <summary>Whether the queue survives a restart, and its persistent messages with it.</summary>
    public bool Durable { get; init; }
    /// <summary>Whether it is deleted after its last consumer left.</summary>
    public bool AutoDelete { get; init; }

    /// <summary>Decodes and checks a definition.</summary>
    /// <exception cref="BrokerException">406: an argument's value cannot be; 540: a queue type that is not supported.</exception>
    public static QueueSettings From(QueueDefinition definition) => From(definition, QueuePolicy.None);

    /// <summary>Decodes and checks a definition, and brings it together with what policies say.</summary>
    /// <exception cref="BrokerException">406: an argument's value cannot be; 540: a queue type that is not supported.</exception>
    public static QueueSettings From(QueueDefinition definition, QueuePolicy policy)
    {
        var arguments = new QueueArguments(definition);
        var quorum = arguments.QueueType() == QueueArguments.Quorum;
        arguments.OneOf("x-dead-letter-strategy", "at-most-once", "at-least-once");
        // Of several wrong arguments RabbitMQ names the first in this order.
        var exchange = arguments.DeadLetterExchange();
        var expires = arguments.Integer("x-expires", 1, uint.MaxValue);
        var messageTtl = arguments.Integer("x-message-ttl", 0, uint.MaxValue);
        var routingKey = arguments.Text("x-dead-letter-routing-key");
        if (routingKey is not null && exchange is null)
        {
            throw arguments.Invalid("x-dead-letter-routing-key", "routing_key_but_no_dlx_defined");
        }

        var limit = QueuePolicy.Stricter(policy.DeliveryLimit, arguments.Integer("x-delivery-limit", long.MinValue, int.MaxValue))
            ?? (quorum ? QuorumDeliveryLimit : -1);
        var retryMin = QueuePolicy.Least(policy.RetryMin, arguments.Integer("x-delayed-retry-min", 0, uint.MaxValue)) ?? 0;
        return new QueueSettings
        {
            MessageTtl = QueuePolicy.Least(policy.MessageTtl, messageTtl),
            Expires = QueuePolicy.Least(policy.Expires, expires),
            MaxLength = QueuePolicy.Least(policy.MaxLength, arguments.Integer("x-max-length", 0, long.MaxValue)),
            MaxLengthBytes = QueuePolicy.Least(policy.MaxLengthBytes, arguments.Integer("x-max-length-bytes", 0, long.MaxValue)),
            MaxPriority = (int)(arguments.Integer("x-max-priority", 0, byte.MaxValue) ?? (quorum ? QuorumPriorities : 0)),
            Overflow = policy.OverflowBeside(arguments.Overflow(), quorum) switch
            {
                "reject-publish" => OverflowMode.RejectPublish,
                "reject-publish-dlx" => OverflowMode.RejectPublishDeadLetter,
                _ => OverflowMode.DropHead,
            },
            DeadLetterExchange = exchange ?? policy.DeadLetterExchange,
            DeadLetterRoutingKey = routingKey ?? policy.DeadLetterRoutingKey,
            DelayedExchange = DelayQueue.ExchangeOf(definition.Id)?.Name,
            SingleActiveConsumer = arguments.Flag("x-single-active-consumer"),
            DeliveryLimit = limit < 0 ? null : (int)Math.Min(limit, int.MaxValue),
            Retry = (policy.RetryType ?? arguments.OneOf("x-delayed-retry-type", "disabled", "all", "failed", "returned")) switch
            {
                "all" => RetryMode.All,
                "failed" => RetryMode.Failed,
                "returned" => RetryMode.Returned,
                _ => RetryMode.Disabled,
            },
            RetryMin = retryMin,
            RetryMax = QueuePolicy.Least(policy.RetryMax, arguments.Integer("x-delayed-retry-max", 0, uint.MaxValue)) ?? retryMin,
            ConsumerTimeout = QueuePolicy.Least(policy.ConsumerTimeout, arguments.Integer(ConsumerTimeoutArgument, 0, uint.MaxValue)),
            Durable = definition.Durable,
            AutoDelete = definition.AutoDelete,
        };
    }
}
