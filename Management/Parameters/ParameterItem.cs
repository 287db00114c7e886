using System.Text.Json;
using System.Text.Json.Serialization;
using OrleansBroker.Grains.Interfaces.Parameters;

namespace OrleansBroker.Management.Parameters;

/// <summary>A parameter as RabbitMQ's API shows one.</summary>
internal sealed record ParameterItem(JsonElement Value, [property: JsonPropertyName("vhost")] string VirtualHost, string Component, string Name)
{
    public static ParameterItem Of(Parameter parameter) => new(parameter.Value, parameter.VirtualHost!, parameter.Component, parameter.Name);
}

/// <summary>A global parameter.</summary>
internal sealed record GlobalParameterItem(string Name, JsonElement Value)
{
    public static GlobalParameterItem Of(Parameter parameter) => new(parameter.Name, parameter.Value);
}

/// <summary>What the endpoints of parameters write.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ParameterItem))]
[JsonSerializable(typeof(GlobalParameterItem))]
internal sealed partial class ParameterJson : JsonSerializerContext;
