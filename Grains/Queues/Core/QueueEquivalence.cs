using System.Globalization;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Queues.Core;

/// <summary>Whether a queue that exists is the one that a client declares, and whose an exclusive queue is.</summary>
internal static class QueueEquivalence
{
    // x-queue-type is not among them: classic and quorum are one queue here, and neither is refused for the other's name.
    private static readonly string[] Compared =
    [
        "x-expires", "x-message-ttl", "x-dead-letter-exchange", "x-dead-letter-routing-key", "x-dead-letter-strategy", "x-max-length",
        "x-max-length-bytes", "x-max-priority", "x-overflow", "x-single-active-consumer", "x-delivery-limit",
        "x-delayed-retry-type", "x-delayed-retry-min", "x-delayed-retry-max", "x-consumer-timeout",
    ];

    /// <summary>Compares what stands with what is declared.</summary>
    /// <exception cref="BrokerException">405: it is exclusive to another connection; 406: the named argument differs.</exception>
    public static void Check(QueueDefinition existing, QueueDefinition declared)
    {
        if (existing.ExclusiveOwner?.Connection != declared.ExclusiveOwner?.Connection)
        {
            throw Locked(existing);
        }

        CompareFlag(existing.Id, "durable", declared.Durable, existing.Durable);
        CompareFlag(existing.Id, "auto_delete", declared.AutoDelete, existing.AutoDelete);
        foreach (var name in Compared)
        {
            var known = existing.Arguments.TryGetValue(name, out var current);
            var given = declared.Arguments.TryGetValue(name, out var received);
            if (known != given)
            {
                throw Unlike(existing.Id, name, Describe(given, received), Describe(known, current));
            }

            if (known && !SameValue(current, received))
            {
                throw Unlike(existing.Id, name, $"'{Text(received)}'", $"'{Text(current)}'");
            }
        }
    }

    /// <summary>Lets only the owner of an exclusive queue pass.</summary>
    /// <exception cref="BrokerException">405: the queue is exclusive to another connection.</exception>
    public static void CheckOwner(QueueDefinition definition, Guid? connection)
    {
        if (definition.ExclusiveOwner is { } owner && owner.Connection != connection)
        {
            throw Locked(definition);
        }
    }

    private static BrokerException Locked(QueueDefinition definition) => new(
        ReplyCode.ResourceLocked,
        $"cannot obtain exclusive access to locked {definition.Id}. It could be originally declared on another connection or the "
        + "exclusive property value does not match that of the original declaration.");

    private static void CompareFlag(QueueId queue, string name, bool received, bool current)
    {
        if (received != current)
        {
            throw Unlike(queue, name, received ? "'true'" : "'false'", current ? "'true'" : "'false'");
        }
    }

    private static BrokerException Unlike(QueueId queue, string name, string received, string current) =>
        new(ReplyCode.PreconditionFailed, $"inequivalent arg '{name}' for {queue}: received {received} but current is {current}");

    // A client may write 5 as any integer type: the value counts (RabbitMQ compares so, too).
    private static bool SameValue(object? current, object? received) =>
        QueueArguments.TryInteger(current, out var a) && QueueArguments.TryInteger(received, out var b) ? a == b : Equals(current, received);

    // The type is told only where there is nothing on the other side to compare with.
    private static string Describe(bool present, object? value) =>
        present ? $"the value '{Text(value)}' of type '{QueueArguments.TypeName(value)}'" : "none";

    private static string? Text(object? value) =>
        value is bool flag ? flag ? "true" : "false" : Convert.ToString(value, CultureInfo.InvariantCulture);
}
