using System.Globalization;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Publishing;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Gateway.Publishing;

/// <summary>The errors that a published message closes its channel with, worded as RabbitMQ words them.</summary>
internal static class PublishRefusals
{
    // RabbitMQ's timers take no more than 32 bits.
    private const long LongestExpiration = uint.MaxValue;

    /// <summary>The error that an outcome is; null where it is none but to be confirmed one way or the other.</summary>
    public static AmqpError? Of(PublishOutcome outcome, BrokerMessage message, string virtualHost)
    {
        var exchange = new ExchangeId(virtualHost, message.Exchange);
        return outcome switch
        {
            PublishOutcome.ExchangeNotFound => Error(ReplyCodes.NotFound, $"no {exchange}"),
            PublishOutcome.ExchangeInternal => Error(ReplyCodes.AccessRefused, $"cannot publish to internal {exchange}"),
            PublishOutcome.Malformed => Error(ReplyCodes.PreconditionFailed, "invalid message: a property that routing asks for is malformed"),
            PublishOutcome.Forbidden => Error(ReplyCodes.AccessRefused, $"access to {exchange} refused"),
            _ => null,
        };
    }

    /// <summary>The refusal to publish to an internal exchange.</summary>
    public static BrokerException Internal(ExchangeId exchange) => new(ReplyCode.AccessRefused, $"cannot publish to internal {exchange}");

    /// <summary>Checks an expiration: decimal milliseconds (row 2.21).</summary>
    public static void CheckExpiration(string? expiration)
    {
        if (expiration is null)
        {
            return;
        }

        var digits = expiration.AsSpan().TrimStart('+');
        var end = digits.IndexOfAnyExceptInRange('0', '9');
        var problem = expiration.StartsWith('-') && long.TryParse(expiration, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)
                ? $"{{value_negative,{expiration}}}"
            : digits.IsEmpty || end == 0 ? "no_integer"
            : end > 0 ? $"{{leftover_string,\"{digits[end..]}\"}}"
            : !long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var value) || value > LongestExpiration
                ? $"{{value_too_big,{digits}}}"
            : null;
        if (problem is not null)
        {
            throw new BrokerException(ReplyCode.PreconditionFailed, $"invalid expiration '{expiration}': {problem}");
        }
    }

    /// <summary>Checks that CC and BCC, where they are present, are arrays of long strings (row 2.13).</summary>
    public static void CheckFurtherKeys(FieldTable? headers)
    {
        foreach (var name in (string[])["CC", "BCC"])
        {
            if (headers is null || !headers.TryGetValue(name, out var value))
            {
                continue;
            }

            var offending = value is not object?[] keys ? value ?? "void" : Array.Find(keys, key => key is not (string or OpaqueText));
            if (offending is not null)
            {
                throw new BrokerException(
                    ReplyCode.PreconditionFailed,
                    $"invalid message: {{unacceptable_type_in_header,\"{name}\",{FieldTypeNames.Of(value)}}}");
            }
        }
    }

    /// <summary>The keys that a message is routed by beside its own.</summary>
    public static IEnumerable<string> FurtherKeys(FieldTable? headers) =>
        from name in (string[])["CC", "BCC"]
        from key in headers?[name] as object?[] ?? []
        select key?.ToString() ?? "";

    /// <summary>The refusal of a user-id that is not the login's (row 2.14).</summary>
    public static BrokerException UserId(string? userId, string user) =>
        new(ReplyCode.PreconditionFailed, $"user_id property set to '{userId}' but authenticated user was '{user}'");

    private static AmqpError Error(ushort code, string explanation) => AmqpError.Of(code, explanation, MethodId.BasicPublish);
}
