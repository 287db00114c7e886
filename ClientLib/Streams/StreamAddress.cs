namespace OrleansBroker.ClientLib.Streams;

/// <summary>
/// What a stream's id names: namespace <c>exchange</c> or <c>queue</c>, with <c>@vhost</c> for another virtual host than the
/// connection's; key the name, for an exchange <c>name/routing.key</c> where items get that routing key.
/// </summary>
internal readonly record struct StreamAddress(bool IsQueue, string? VirtualHost, string Name, string RoutingKey)
{
    /// <exception cref="ArgumentException">The id names neither exchange nor queue.</exception>
    public static StreamAddress Parse(StreamId id)
    {
        var space = id.GetNamespace() ?? "";
        var at = space.IndexOf('@', StringComparison.Ordinal);
        var (kind, virtualHost) = at < 0 ? (space, null) : (space[..at], space[(at + 1)..]);
        var key = id.GetKeyAsString();
        switch (kind)
        {
            case "queue":
                return new StreamAddress(true, virtualHost, key, key);
            case "exchange":
                var slash = key.IndexOf('/', StringComparison.Ordinal);
                return slash < 0
                    ? new StreamAddress(false, virtualHost, key, "")
                    : new StreamAddress(false, virtualHost, key[..slash], key[(slash + 1)..]);
            default:
                throw new ArgumentException($"The namespace of a broker's stream is 'exchange' or 'queue', not '{space}'", nameof(id));
        }
    }
}
