using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Gateway.Consuming;

/// <summary>Arguments of basic.consume that mean something here; others are kept as they are.</summary>
internal static class ConsumeArguments
{
    private const string PriorityArgument = "x-priority";

    /// <summary>The consumer's priority (row 2.26).</summary>
    /// <exception cref="BrokerException">406: it is no integer.</exception>
    public static int Priority(FieldTable arguments, QueueId queue)
    {
        if (!arguments.TryGetValue(PriorityArgument, out var value))
        {
            return 0;
        }

        return value switch
        {
            sbyte v => v,
            byte v => v,
            short v => v,
            ushort v => v,
            int v => v,
            uint v => (int)Math.Min(v, int.MaxValue),
            long v => (int)Math.Clamp(v, int.MinValue, int.MaxValue),
            _ => throw new BrokerException(
                ReplyCode.PreconditionFailed, $"invalid arg '{PriorityArgument}' for {queue}: \"expected integer, got {TypeOf(value)}\""),
        };
    }

    // The types by the names that RabbitMQ's texts have for them.
    private static string TypeOf(object? value) => value switch
    {
        null => "void",
        bool => "bool",
        float => "float",
        double => "double",
        decimal => "decimal",
        AmqpTimestamp => "timestamp",
        FieldTable => "table",
        byte[] => "binary",
        object?[] => "array",
        _ => "longstr",
    };
}
