namespace OrleansBroker.Amqp.Tables;

/// <summary>
/// A long string whose octets are no UTF-8. A long string may hold any octets (AMQP 0-9-1 §4.2.5.3); what is no text is kept as it
/// is, so that it can be written again as the long string that it was.
/// </summary>
/// <param name="octets">The octets, which must not be changed.</param>
public sealed class OpaqueText(ReadOnlyMemory<byte> octets) : IEquatable<OpaqueText>
{
    /// <summary>The octets.</summary>
    public ReadOnlyMemory<byte> Octets { get; } = octets;

    /// <inheritdoc/>
    public bool Equals(OpaqueText? other) => other is not null && Octets.Span.SequenceEqual(other.Octets.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as OpaqueText);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(Octets.Span);
        return hash.ToHashCode();
    }

    /// <summary>The octets in hexadecimal.</summary>
    public override string ToString() => Convert.ToHexString(Octets.Span);
}
