namespace OrleansBroker.Grains.Interfaces.Access;

/// <summary>A user.</summary>
public sealed record UserDefinition
{
    /// <summary>The limit of a user's connections, at all silos together.</summary>
    public const string MaxConnections = "max-connections";

    /// <summary>The limit of a user's channels, at all silos together.</summary>
    public const string MaxChannels = "max-channels";

    /// <summary>The name: at most 255 octets, without line breaks.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// The password's hash after its algorithm's name and <c>$</c>: <c>pbkdf2-sha256$...</c>, or <c>rabbit_password_hashing_sha256$...</c> and
    /// the like. Null: nobody logs in with a password.
    /// </summary>
    public string? PasswordHash { get; init; }

    /// <summary>The tags, such as <c>administrator</c>.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Limits by name; a negative one is none.</summary>
    public IReadOnlyDictionary<string, long> Limits { get; init; } = new Dictionary<string, long>();

    /// <summary>Whether configuration names the user: then it cannot be changed while the broker runs.</summary>
    public bool IsConfigured { get; init; }
}

/// <summary>What a user may do in a virtual host: three patterns of names.</summary>
public sealed record PermissionDefinition
{
    /// <summary>The user.</summary>
    public required string User { get; init; }

    /// <summary>The virtual host.</summary>
    public required string VirtualHost { get; init; }

    /// <summary>What may be created and deleted.</summary>
    public required string Configure { get; init; }

    /// <summary>What may be published to and bound.</summary>
    public required string Write { get; init; }

    /// <summary>What may be consumed and bound from.</summary>
    public required string Read { get; init; }
}

/// <summary>
/// Which routing keys a user may publish under, and bind with, at a topic exchange: patterns in which <c>{username}</c>, <c>{vhost}</c> and
/// <c>{client_id}</c> stand for what they say. Where there is none for an exchange every key is allowed.
/// </summary>
public sealed record TopicPermissionDefinition
{
    /// <summary>The user.</summary>
    public required string User { get; init; }

    /// <summary>The virtual host.</summary>
    public required string VirtualHost { get; init; }

    /// <summary>The exchange's name.</summary>
    public required string Exchange { get; init; }

    /// <summary>Keys that may be published under.</summary>
    public required string Write { get; init; }

    /// <summary>Keys that may be bound with.</summary>
    public required string Read { get; init; }
}
