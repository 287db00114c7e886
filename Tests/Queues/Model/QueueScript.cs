using CsCheck;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Queues.Core;
using OrleansBroker.Tests.Queues.Workbench;

namespace OrleansBroker.Tests.Queues.Model;

/// <summary>One random command; what its numbers choose depends on the state in which it is run.</summary>
internal readonly record struct ScriptCommand(int Kind, int A, int B, int C);

/// <summary>A queue with random settings and tiny limits, and random commands for it.</summary>
internal sealed record QueueScript(bool Durable, FieldTable Arguments, QueueLimits Limits, ScriptCommand[] Commands)
{
    public static Gen<QueueScript> Any { get; } =
        Gen.Select(
            Gen.Int[0, 4].Select(n => n > 0),
            Arguments_(),
            Limits_(),
            Gen.Select(Gen.Int[0, 99], Gen.Int[0, 999], Gen.Int[0, 999], Gen.Int[0, 999], (k, a, b, c) => new ScriptCommand(k, a, b, c))
                .Array[100, 340],
            (durable, arguments, limits, commands) => new QueueScript(durable, arguments, limits, commands));

    public override string ToString() =>
        $"durable {Durable}; {string.Join(", ", Arguments.Select(a => $"{a.Key}={a.Value}"))}; {Limits}; "
        + string.Join(' ', Commands.Select(c => $"{c.Kind}/{c.A}/{c.B}/{c.C}"));

    private static Gen<FieldTable> Arguments_() =>
        from ttl in OneOf(("x-message-ttl", null), ("x-message-ttl", null), ("x-message-ttl", 300L), ("x-message-ttl", 0L))
        from dlx in OneOf(("x-dead-letter-exchange", null), ("x-dead-letter-exchange", "dlx"))
        from length in OneOf(("x-max-length", null), ("x-max-length", null), ("x-max-length", 3L), ("x-max-length", 12L), ("x-max-length-bytes", 40L))
        from overflow in OneOf(("x-overflow", null), ("x-overflow", "reject-publish"), ("x-overflow", "reject-publish-dlx"))
        from priority in OneOf(("x-max-priority", null), ("x-max-priority", null), ("x-max-priority", 3))
        from single in OneOf(
            ("x-single-active-consumer", null), ("x-single-active-consumer", null), ("x-single-active-consumer", null),
            ("x-single-active-consumer", true))
        from limit in OneOf(("x-delivery-limit", null), ("x-delivery-limit", 2), ("x-delivery-limit", 0))
        from retry in OneOf(("x-delayed-retry-type", null), ("x-delayed-retry-type", null), ("x-delayed-retry-type", "all"),
            ("x-delayed-retry-type", "failed"), ("x-delayed-retry-type", "returned"))
        from pause in OneOf(("x-delayed-retry-min", 50), ("x-delayed-retry-min", 400))
        from longest in OneOf(("x-delayed-retry-max", 100), ("x-delayed-retry-max", 1_000))
        from timeout in OneOf(("x-consumer-timeout", null), ("x-consumer-timeout", null), ("x-consumer-timeout", 250), ("x-consumer-timeout", 2_000))
        select TestMessages.Table([.. new[] { ttl, dlx, length, overflow, priority, single, limit, retry, pause, longest, timeout }.Where(f => f.Value is not null)]);

    private static Gen<(string Name, object? Value)> OneOf(params (string Name, object? Value)[] fields) => Gen.OneOf(fields);

    private static Gen<QueueLimits> Limits_() =>
        from head in Gen.Int[2, 20]
        from bytes in Gen.OneOf(100L, 100_000L)
        from page in Gen.Int[1, 6]
        from batch in Gen.Int[1, 5]
        from batchBytes in Gen.OneOf(20L, 100_000L)
        from letters in Gen.Int[1, 4]
        from positions in Gen.Int[1, 8]
        from stride in Gen.Int[0, 8]
        select new QueueLimits
        {
            HeadMessages = head,
            HeadBytes = bytes,
            PageMessages = page,
            DeliveryBatchMessages = batch,
            DeliveryBatchBytes = batchBytes,
            DeadLettersInFlight = letters,
            ExpiryPositions = positions,
            DeliveryMarkStride = stride,
            SlabHold = 1_000,
        };
}
