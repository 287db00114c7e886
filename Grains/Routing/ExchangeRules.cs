using System.Text;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Routing.Matching;

namespace OrleansBroker.Grains.Routing;

/// <summary>
/// What may be done with exchanges whatever else exists. Each check throws <see cref="BrokerException"/> with the reply text that
/// RabbitMQ gives, and returns where there is nothing to object.
/// </summary>
internal static class ExchangeRules
{
    /// <summary>The argument that names the exchange which takes what no binding matches.</summary>
    public const string AlternateExchange = "alternate-exchange";

    private const string ReservedPrefix = "amq.";

    // AMQP 0-9-1 carries names and keys as short strings.
    private const int MaxNameOctets = 255;

    /// <summary>Checks any declaration, before it is looked up whether the exchange exists: its name (403) and type (406).</summary>
    public static void CheckDeclaration(ExchangeDefinition definition)
    {
        RefuseDefault(definition.Id.Name);
        CheckLength("exchange name", definition.Id.Name);
        ExchangeTypes.Get(definition.Type);
    }

    /// <summary>Checks a declaration that creates the exchange: reserved names (403), arguments (406).</summary>
    public static void CheckCreation(ExchangeDefinition definition)
    {
        CheckDeclaration(definition);
        if (definition.Id.Name.StartsWith(ReservedPrefix, StringComparison.Ordinal))
        {
            throw new BrokerException(
                ReplyCode.AccessRefused,
                $"exchange name '{definition.Id.Name}' contains reserved prefix 'amq.*'");
        }

        if (definition.Arguments.TryGetValue(AlternateExchange, out var alternate) && alternate is not string)
        {
            throw new BrokerException(
                ReplyCode.PreconditionFailed,
                $"invalid type '{FieldTypeNames.Of(alternate)}' for arg '{AlternateExchange}' in {definition.Id}");
        }

        ExchangeTypes.Get(definition.Type).CheckDeclaration(definition);
    }

    /// <summary>Checks a deletion: neither the default nor a predeclared exchange can be deleted (403).</summary>
    public static void CheckDeletion(ExchangeId id)
    {
        RefuseDefault(id.Name);
        if (id.Name.StartsWith(ReservedPrefix, StringComparison.Ordinal))
        {
            throw new BrokerException(ReplyCode.AccessRefused, $"deletion of system {id} not allowed");
        }
    }

    /// <summary>Checks the ends of a binding that is added or removed: neither may be the default exchange (403).</summary>
    public static void CheckBindingEnds(BindingDefinition binding)
    {
        RefuseDefault(binding.Source.Name);
        if (binding.Destination.Kind == DestinationKind.Exchange)
        {
            RefuseDefault(binding.Destination.Name);
        }
    }

    /// <summary>Checks a binding that is added to the exchange: its ends (403), its key and arguments as the exchange's type asks (406).</summary>
    public static void CheckBinding(ExchangeDefinition source, BindingDefinition binding)
    {
        CheckBindingEnds(binding);
        CheckLength("binding key", binding.RoutingKey);
        ExchangeTypes.Get(source.Type).CheckBinding(source, binding);
    }

    private static void RefuseDefault(string exchange)
    {
        if (exchange.Length == 0)
        {
            throw new BrokerException(ReplyCode.AccessRefused, "operation not permitted on the default exchange");
        }
    }

    private static void CheckLength(string what, string text)
    {
        if (Encoding.UTF8.GetByteCount(text) > MaxNameOctets)
        {
            throw new BrokerException(ReplyCode.PreconditionFailed, $"{what} is longer than {MaxNameOctets} octets");
        }
    }
}
