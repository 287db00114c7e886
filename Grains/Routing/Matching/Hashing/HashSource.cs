using System.Globalization;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Topology.Rows;

namespace OrleansBroker.Grains.Routing.Matching.Hashing;

/// <summary>
/// What of a message a consistent-hash exchange hashes: its routing key, or the header or property that the declaration names.
/// </summary>
internal readonly struct HashSource
{
    public const string HeaderArgument = "hash-header";
    public const string PropertyArgument = "hash-property";

    private readonly string? _header;
    private readonly string? _property;

    /// <summary>Reads the exchange's arguments.</summary>
    /// <exception cref="BrokerException">406: both are given, one is no text, or the property is none that can be hashed.</exception>
    public HashSource(ExchangeDefinition exchange)
    {
        _header = Text(exchange, HeaderArgument);
        _property = Text(exchange, PropertyArgument);
        if (_header is not null && _property is not null)
        {
            throw Invalid($"{HeaderArgument} and {PropertyArgument} are mutually exclusive");
        }

        if (_property is not (null or "message_id" or "correlation_id" or "timestamp"))
        {
            throw Invalid($"Unsupported property: {_property}");
        }
    }

    public RoutingInputs Inputs => _header is null && _property is null ? RoutingInputs.OwnKey : RoutingInputs.Content;

    /// <summary>The hash of the message; what lacks the header or property hashes as the empty text.</summary>
    /// <exception cref="Amqp.AmqpFormatException">The properties are malformed.</exception>
    public ulong Hash(RouteWalk walk)
    {
        if (_header is not null)
        {
            return StableHash.Of(TextOf(walk.Headers[_header]));
        }

        var properties = walk.Message.Properties.Span;
        return StableHash.Of(_property switch
        {
            null => walk.RoutingKey,
            "message_id" => BasicPropertiesReader.MessageId(properties),
            "correlation_id" => BasicPropertiesReader.CorrelationId(properties),
            _ => BasicPropertiesReader.Timestamp(properties)?.UnixTimeSeconds.ToString(CultureInfo.InvariantCulture),
        });
    }

    // An integer hashes alike in every width, and like the text of its digits.
    private static string? TextOf(object? value) => value switch
    {
        null => null,
        string text => text,
        sbyte or byte or short or ushort or int or uint or long => Convert.ToString(value, CultureInfo.InvariantCulture),
        _ => ArgumentDigest.Of(FieldTable.Empty.With(HeaderArgument, value)),
    };

    private static string? Text(ExchangeDefinition exchange, string argument) =>
        !exchange.Arguments.TryGetValue(argument, out var value) ? null
        : value as string ?? throw Invalid($"invalid type '{FieldTypeNames.Of(value)}' for arg '{argument}' in {exchange.Id}");

    private static BrokerException Invalid(string why) => new(ReplyCode.PreconditionFailed, why);
}
