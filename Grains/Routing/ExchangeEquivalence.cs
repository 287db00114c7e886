using System.Globalization;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Routing.Matching;

namespace OrleansBroker.Grains.Routing;

/// <summary>Whether a declaration repeats the exchange that exists (row 1.21).</summary>
internal static class ExchangeEquivalence
{
    /// <summary>Checks that both are alike in what counts: type, flags, alternate exchange, and what arguments the type reads.</summary>
    /// <exception cref="BrokerException">406: names what differs, what was received and what is current.</exception>
    public static void Check(ExchangeDefinition existing, ExchangeDefinition declared)
    {
        ArgumentNullException.ThrowIfNull(existing);
        ArgumentNullException.ThrowIfNull(declared);
        Compare(existing.Id, "type", existing.Type, declared.Type);
        Compare(existing.Id, "durable", existing.Durable, declared.Durable);
        Compare(existing.Id, "auto_delete", existing.AutoDelete, declared.AutoDelete);
        Compare(existing.Id, "internal", existing.Internal, declared.Internal);
        CompareArgument(existing, declared, ExchangeRules.AlternateExchange);
        foreach (var argument in ExchangeTypes.Get(existing.Type).ComparedArguments)
        {
            CompareArgument(existing, declared, argument);
        }
    }

    private static void Compare(ExchangeId id, string what, object current, object received)
    {
        if (!FieldValueComparer.Instance.Equals(current, received))
        {
            throw Unlike(id, what, $"'{Text(received)}'", $"'{Text(current)}'");
        }
    }

    private static void CompareArgument(ExchangeDefinition existing, ExchangeDefinition declared, string argument)
    {
        var hasCurrent = existing.Arguments.TryGetValue(argument, out var current);
        var hasReceived = declared.Arguments.TryGetValue(argument, out var received);
        if (hasCurrent != hasReceived)
        {
            throw Unlike(existing.Id, argument, Described(hasReceived, received), Described(hasCurrent, current));
        }

        if (!FieldValueComparer.Instance.Equals(current, received))
        {
            throw Unlike(existing.Id, argument, $"'{Text(received)}'", $"'{Text(current)}'");
        }
    }

    private static string Described(bool present, object? value) =>
        present ? $"the value '{Text(value)}' of type '{FieldTypeNames.Of(value)}'" : "none";

    private static BrokerException Unlike(ExchangeId id, string what, string received, string current) =>
        new(ReplyCode.PreconditionFailed, $"inequivalent arg '{what}' for {id}: received {received} but current is {current}");

    private static string Text(object? value) => value switch
    {
        bool flag => flag ? "true" : "false",
        null => "undefined",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };
}
