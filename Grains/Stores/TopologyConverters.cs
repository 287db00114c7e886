using OrleansBroker.Grains.Interfaces.Stores;

namespace OrleansBroker.Grains.Stores;

[GenerateSerializer, Immutable, Alias("orleansbroker.stores.Row")]
internal struct TopologyRowSurrogate
{
    [Id(0)] public string Key { get; set; }
    [Id(1)] public byte[] Value { get; set; }
    [Id(2)] public long Version { get; set; }
}

[GenerateSerializer, Immutable, Alias("orleansbroker.stores.Change")]
internal struct TopologyChangeSurrogate
{
    [Id(0)] public string Key { get; set; }
    [Id(1)] public byte[]? Value { get; set; }
    [Id(2)] public long? ExpectedVersion { get; set; }
    [Id(3)] public bool ExpectOnly { get; set; }
}

[RegisterConverter]
internal sealed class TopologyRowConverter : IConverter<TopologyRow, TopologyRowSurrogate>
{
    public TopologyRow ConvertFromSurrogate(in TopologyRowSurrogate surrogate) => new(surrogate.Key, surrogate.Value, surrogate.Version);

    public TopologyRowSurrogate ConvertToSurrogate(in TopologyRow value) =>
        new() { Key = value.Key, Value = value.Value, Version = value.Version };
}

[RegisterConverter]
internal sealed class TopologyChangeConverter : IConverter<TopologyChange, TopologyChangeSurrogate>
{
    public TopologyChange ConvertFromSurrogate(in TopologyChangeSurrogate surrogate) =>
        new(surrogate.Key, surrogate.Value) { ExpectedVersion = surrogate.ExpectedVersion, ExpectOnly = surrogate.ExpectOnly };

    public TopologyChangeSurrogate ConvertToSurrogate(in TopologyChange value) =>
        new() { Key = value.Key, Value = value.Value, ExpectedVersion = value.ExpectedVersion, ExpectOnly = value.ExpectOnly };
}
