using OrleansBroker.Amqp.Tables;
using OrleansBroker.ClientLib.Messages;

namespace OrleansBroker.ClientLib.Definitions;

/// <summary>Options as the arguments that a declaration carries.</summary>
internal static class DeclaredArguments
{
    public static FieldTable Of(ExchangeOptions options)
    {
        var arguments = HeaderValues.ToTable(options.Arguments);
        return options.AlternateExchange is { } alternate ? arguments.With("alternate-exchange", alternate) : arguments;
    }

    public static FieldTable Of(QueueOptions options)
    {
        var arguments = new Dictionary<string, object?>(options.Arguments, StringComparer.Ordinal);
        Set(arguments, "x-message-ttl", Milliseconds(options.MessageTimeToLive));
        Set(arguments, "x-expires", Milliseconds(options.ExpiresAfter));
        Set(arguments, "x-max-length", options.MaxLength);
        Set(arguments, "x-max-length-bytes", options.MaxLengthBytes);
        Set(arguments, "x-overflow", options.Overflow switch
        {
            Overflow.RejectPublish => "reject-publish",
            Overflow.RejectPublishDeadLetter => "reject-publish-dlx",
            _ => null,
        });
        Set(arguments, "x-max-priority", (int?)options.MaxPriority);
        Set(arguments, "x-dead-letter-exchange", options.DeadLetterExchange);
        Set(arguments, "x-dead-letter-routing-key", options.DeadLetterRoutingKey);
        Set(arguments, "x-delivery-limit", options.DeliveryLimit);
        Set(arguments, "x-single-active-consumer", options.SingleActiveConsumer ? true : null);
        return HeaderValues.ToTable(arguments);
    }

    private static long? Milliseconds(TimeSpan? time) => time is { } t ? (long)t.TotalMilliseconds : null;

    private static void Set(Dictionary<string, object?> arguments, string name, object? value)
    {
        if (value is not null)
        {
            arguments[name] = value;
        }
    }
}
