using OrleansBroker.Amqp.Tables;

namespace OrleansBroker.Grains.Interfaces.Topology;

/// <summary>How a <see cref="FieldTable"/> crosses silos: as its AMQP encoding, which keeps every type exact.</summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.FieldTable")]
public struct FieldTableSurrogate
{
    /// <summary>The encoded table.</summary>
    [Id(0)]
    public byte[]? Encoded { get; set; }
}

/// <summary>Converts field tables to and from their wire form.</summary>
[RegisterConverter]
public sealed class FieldTableConverter : IConverter<FieldTable, FieldTableSurrogate>
{
    /// <inheritdoc/>
    public FieldTable ConvertFromSurrogate(in FieldTableSurrogate surrogate)
    {
        if (surrogate.Encoded is not { Length: > 4 } encoded)
        {
            return FieldTable.Empty;
        }

        ReadOnlySpan<byte> source = encoded;
        return FieldTableReader.Read(ref source);
    }

    /// <inheritdoc/>
    public FieldTableSurrogate ConvertToSurrogate(in FieldTable value) =>
        new() { Encoded = value.Count == 0 ? null : FieldTableWriter.ToArray(value) };
}
