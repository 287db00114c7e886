namespace OrleansBroker.Grains.Interfaces.Topology;

/// <summary>A queue's name in its virtual host.</summary>
/// <param name="VirtualHost">The virtual host, "/" by default.</param>
/// <param name="Name">The queue's name: at most 255 octets of UTF-8, without CR and LF.</param>
[GenerateSerializer, Immutable, Alias("orleansbroker.QueueId")]
public readonly record struct QueueId([property: Id(0)] string VirtualHost, [property: Id(1)] string Name)
{
    /// <summary>The key of the queue's grain. LF parts it, which no name contains.</summary>
    public string ToGrainKey() => $"{VirtualHost}\n{Name}";

    /// <summary>The id behind a key that <see cref="ToGrainKey"/> made.</summary>
    public static QueueId FromGrainKey(string key)
    {
        var at = key.IndexOf('\n', StringComparison.Ordinal);
        return new QueueId(key[..at], key[(at + 1)..]);
    }

    /// <summary>As RabbitMQ's reply texts name a queue. A name with CR, which no client's has, is that of an exchange's delayed messages.</summary>
    public override string ToString() => Name.StartsWith('\r')
        ? $"delayed messages of exchange '{Name[(Name.LastIndexOf('\r') + 1)..]}' in vhost '{VirtualHost}'"
        : $"queue '{Name}' in vhost '{VirtualHost}'";
}

/// <summary>An exchange's name in its virtual host; the default exchange has the empty name.</summary>
/// <param name="VirtualHost">The virtual host, "/" by default.</param>
/// <param name="Name">The exchange's name: at most 255 octets of UTF-8, without CR and LF.</param>
[GenerateSerializer, Immutable, Alias("orleansbroker.ExchangeId")]
public readonly record struct ExchangeId([property: Id(0)] string VirtualHost, [property: Id(1)] string Name)
{
    /// <summary>The key of the exchange's grain. LF parts it, which no name contains.</summary>
    public string ToGrainKey() => $"{VirtualHost}\n{Name}";

    /// <summary>The id behind a key that <see cref="ToGrainKey"/> made.</summary>
    public static ExchangeId FromGrainKey(string key)
    {
        var at = key.IndexOf('\n', StringComparison.Ordinal);
        return new ExchangeId(key[..at], key[(at + 1)..]);
    }

    /// <summary>As RabbitMQ's reply texts name an exchange.</summary>
    public override string ToString() => $"exchange '{Name}' in vhost '{VirtualHost}'";
}
