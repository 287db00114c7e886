using OrleansBroker.ClientLib.Definitions;

namespace OrleansBroker.ClientLib;

/// <summary>How an exchange routes.</summary>
/// <param name="Name">The type's name; besides the four below, any that the broker knows.</param>
public readonly record struct ExchangeType(string Name)
{
    /// <summary>To the queues that are bound under the message's routing key.</summary>
    public static ExchangeType Direct => new("direct");

    /// <summary>To every bound queue.</summary>
    public static ExchangeType Fanout => new("fanout");

    /// <summary>To the queues whose binding key matches: words parted by dots, <c>*</c> is one word, <c>#</c> any number of words.</summary>
    public static ExchangeType Topic => new("topic");

    /// <summary>To the queues whose binding's arguments match the message's headers.</summary>
    public static ExchangeType Headers => new("headers");

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>What an exchange is created with beside its name and type.</summary>
public sealed record ExchangeOptions
{
    /// <summary>Whether it survives a restart of the broker. Default true.</summary>
    public bool Durable { get; init; } = true;

    /// <summary>Whether it is deleted when its last binding goes. Default false.</summary>
    public bool AutoDelete { get; init; }

    /// <summary>Whether clients may not publish to it, only other exchanges. Default false.</summary>
    public bool Internal { get; init; }

    /// <summary>The exchange that gets what this one routes nowhere. Default none.</summary>
    public string? AlternateExchange { get; init; }

    /// <summary>Further arguments. Default none.</summary>
    public IReadOnlyDictionary<string, object?> Arguments { get; init; } = EmptyArguments.Instance;
}
