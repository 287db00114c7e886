using System.Globalization;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Queues.Core;

/// <summary>
/// Reads the arguments of a queue's declaration. Unknown ones, and those that older brokers gave a meaning (x-queue-mode,
/// x-queue-version, x-ha-policy and the like), are accepted and kept.
/// </summary>
internal sealed class QueueArguments(QueueDefinition definition)
{
    public const string Classic = "classic";
    public const string Quorum = "quorum";

    /// <summary>The queue's type, classic unless it is named.</summary>
    public string QueueType()
    {
        var type = Text("x-queue-type") ?? Classic;
        return type switch
        {
            Classic or Quorum => type,
            "stream" => throw new BrokerException(ReplyCode.NotImplemented, $"{definition.Id} of type 'stream' is not supported"),
            _ => throw Invalid("x-queue-type", $"\"unsupported queue type '{type}'\""),
        };
    }

    /// <summary>An integer of any width, between two bounds.</summary>
    public long? Integer(string name, long least, long most)
    {
        if (!definition.Arguments.TryGetValue(name, out var value))
        {
            return null;
        }

        if (!TryInteger(value, out var number))
        {
            throw Invalid(name, $"\"expected integer, got {TypeName(value)}\"");
        }

        if (number < least)
        {
            throw Invalid(name, string.Create(CultureInfo.InvariantCulture, $"{{{(number < 0 ? "value_negative" : "value_zero")},{number}}}"));
        }

        return number <= most ? number : throw Invalid(name, string.Create(CultureInfo.InvariantCulture, $"{{max_value_exceeded,{number}}}"));
    }

    /// <summary>A text.</summary>
    public string? Text(string name) =>
        !definition.Arguments.TryGetValue(name, out var value) ? null
        : value as string ?? throw Invalid(name, $"{{unacceptable_type,{TypeName(value)}}}");

    /// <summary>A boolean; false where it is absent.</summary>
    public bool Flag(string name) =>
        definition.Arguments.TryGetValue(name, out var value)
        && (value as bool? ?? throw Invalid(name, $"{{unacceptable_type,{TypeName(value)}}}"));

    /// <summary>A text that is one of a few.</summary>
    public string? OneOf(string name, params ReadOnlySpan<string> allowed)
    {
        var text = Text(name);
        return text is null || allowed.Contains(text) ? text : throw Invalid(name, $"invalid value '{text}'");
    }

    /// <summary>The exchange that dead messages go to.</summary>
    public string? DeadLetterExchange() =>
        !definition.Arguments.TryGetValue("x-dead-letter-exchange", out var value) ? null
        : value as string ?? throw new BrokerException(
            ReplyCode.PreconditionFailed, $"invalid type '{TypeName(value)}' for arg 'x-dead-letter-exchange' in {definition.Id}");

    /// <summary>What a full queue does.</summary>
    public string? Overflow() =>
        Text("x-overflow") is not { } mode || mode is "drop-head" or "reject-publish" or "reject-publish-dlx"
            ? Text("x-overflow")
            : throw Invalid("x-overflow", "invalid_overflow");

    /// <summary>The refusal of an argument, in the words that clients know from RabbitMQ.</summary>
    public BrokerException Invalid(string name, string why) =>
        new(ReplyCode.PreconditionFailed, $"invalid arg '{name}' for {definition.Id}: {why}");

    /// <summary>The value of an integer of any of AMQP's widths.</summary>
    public static bool TryInteger(object? value, out long number)
    {
        number = value switch
        {
            sbyte v => v,
            byte v => v,
            short v => v,
            ushort v => v,
            int v => v,
            uint v => v,
            long v => v,
            _ => 0,
        };
        return value is sbyte or byte or short or ushort or int or uint or long;
    }

    /// <summary>What RabbitMQ calls an AMQP type.</summary>
    public static string TypeName(object? value) => value switch
    {
        null => "void",
        bool => "bool",
        sbyte => "byte",
        byte => "unsignedbyte",
        short => "short",
        ushort => "unsignedshort",
        int => "signedint",
        uint => "unsignedint",
        long => "long",
        float => "float",
        double => "double",
        decimal => "decimal",
        string => "longstr",
        byte[] => "binary",
        AmqpTimestamp => "timestamp",
        FieldTable => "table",
        _ => "array",
    };
}
