using System.Text.Json.Serialization;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Management.Json;

namespace OrleansBroker.Management.Definitions;

/// <summary>Arguments by themselves.</summary>
[JsonSourceGenerationOptions(Converters = [typeof(FieldTableJson)])]
[JsonSerializable(typeof(FieldTable))]
internal sealed partial class ArgumentsJson : JsonSerializerContext;
