using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using OrleansBroker.Management.Api;
using OrleansBroker.Management.Bindings;
using OrleansBroker.Management.Clients;
using OrleansBroker.Management.Exchanges;
using OrleansBroker.Management.Health;
using OrleansBroker.Management.Overview;
using OrleansBroker.Management.Queues;

namespace OrleansBroker.Management.Json;

/// <summary>What the API reads and writes. An area of its own has a context of its own with the same options.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(FieldTableJson), typeof(MessageFiguresJson)])]
[JsonSerializable(typeof(ApiFailure))]
[JsonSerializable(typeof(AuthItem))]
[JsonSerializable(typeof(BindingDeclaration))]
[JsonSerializable(typeof(BindingItem))]
[JsonSerializable(typeof(ChannelItem))]
[JsonSerializable(typeof(ClusterNameItem))]
[JsonSerializable(typeof(ConnectionItem))]
[JsonSerializable(typeof(ConsumerItem))]
[JsonSerializable(typeof(ExchangeDeclaration))]
[JsonSerializable(typeof(ExchangeItem))]
[JsonSerializable(typeof(FeatureFlagItem))]
[JsonSerializable(typeof(HealthItem))]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(MessageItem[]))]
[JsonSerializable(typeof(MessageRequest))]
[JsonSerializable(typeof(NodeItem))]
[JsonSerializable(typeof(NodeMemoryItem))]
[JsonSerializable(typeof(NodeMemorySharesItem))]
[JsonSerializable(typeof(OverviewItem))]
[JsonSerializable(typeof(PropertiesItem))]
[JsonSerializable(typeof(Publication))]
[JsonSerializable(typeof(PublicationOutcome))]
[JsonSerializable(typeof(QueueAction))]
[JsonSerializable(typeof(QueueDeclaration))]
[JsonSerializable(typeof(QueueItem))]
[JsonSerializable(typeof(WhoAmI))]
internal sealed partial class ManagementJson : JsonSerializerContext;
