using Microsoft.Extensions.Options;
using OrleansBroker.Grains.Interfaces.Access;

namespace OrleansBroker.Grains.Access;

/// <summary>The users that configuration names. They are as it says on this silo, whatever is stored under their names.</summary>
internal sealed class ConfiguredUsers
{
    private readonly Dictionary<string, ConfiguredUser> _users;

    public ConfiguredUsers(IOptions<AccessOptions> options) =>
        _users = options.Value.Users.ToDictionary(user => user.Key, user => new ConfiguredUser(user.Key, user.Value), StringComparer.Ordinal);

    public IReadOnlyCollection<ConfiguredUser> All => _users.Values;

    public ConfiguredUser? Find(string name) => _users.GetValueOrDefault(name);
}

/// <summary>A user that configuration names.</summary>
internal sealed class ConfiguredUser
{
    private const string EveryOther = "*";

    private readonly UserOptions _options;
    private readonly Dictionary<string, StoredGrants> _grants;

    public ConfiguredUser(string name, UserOptions options)
    {
        _options = options;
        _grants = options.Permissions.ToDictionary(
            p => p.Key, p => new StoredGrants([p.Value.Configure, p.Value.Write, p.Value.Read], 0), StringComparer.Ordinal);
        Definition = new UserDefinition
        {
            Name = name,
            PasswordHash = options.PasswordHash,
            Tags = options.Tags?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [],
            IsConfigured = true,
        };
    }

    public UserDefinition Definition { get; }

    public bool LoopbackOnly => _options.LoopbackOnly;

    public string? PlainPassword => _options.PasswordHash is null && _options.Password is { Length: > 0 } plain ? plain : null;

    /// <summary>Permissions for virtual hosts that are named.</summary>
    public IEnumerable<KeyValuePair<string, StoredGrants>> Grants => _grants.Where(grants => grants.Key != EveryOther);

    public StoredGrants? In(string virtualHost) => _grants.GetValueOrDefault(virtualHost) ?? _grants.GetValueOrDefault(EveryOther);
}
