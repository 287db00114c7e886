using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Access;

/// <summary>A stored user with what it was granted.</summary>
internal sealed class StoredUser(UserDefinition definition, long incarnation)
{
    private readonly Dictionary<string, StoredGrants> _grants = new(StringComparer.Ordinal);
    private readonly Dictionary<(string VirtualHost, string Exchange), StoredGrants> _topics = [];

    public UserDefinition Definition => definition;

    /// <summary>Sets it apart from a user of the same name before or after it.</summary>
    public long Incarnation => incarnation;

    /// <summary>Permissions by virtual host.</summary>
    public IReadOnlyDictionary<string, StoredGrants> Grants => _grants;

    /// <summary>Topic permissions by virtual host and exchange.</summary>
    public IReadOnlyDictionary<(string VirtualHost, string Exchange), StoredGrants> Topics => _topics;

    public StoredUser WithoutGrants() => new(definition, incarnation);

    public void Add(string virtualHost, string? exchange, StoredGrants grants)
    {
        if (exchange is null)
        {
            _grants[virtualHost] = grants;
        }
        else
        {
            _topics[(virtualHost, exchange)] = grants;
        }
    }
}

/// <summary>Patterns that were granted: configure, write and read, or for routing keys write and read. Compiled when they are first asked.</summary>
internal sealed class StoredGrants(string[] patterns, long userIncarnation)
{
    // Variables' values are the clients': so many patterns are remembered at most.
    private const int MostExpanded = 1_000;

    private readonly Lazy<NamePattern?>[] _patterns = [.. patterns.Select(text => new Lazy<NamePattern?>(() => Compile(text)))];
    private readonly ConcurrentDictionary<(int Pattern, string User, string VirtualHost, string? ClientId), NamePattern?> _expanded = new();

    public long UserIncarnation => userIncarnation;

    public string Pattern(int index) => patterns[index];

    /// <summary>Whether the name has the permission; what is no pattern allows nothing.</summary>
    public bool Allows(Permission permission, string name) => _patterns[permission switch
    {
        Permission.Configure => 0,
        Permission.Write => 1,
        _ => 2,
    }].Value?.Matches(name) == true;

    /// <summary>Whether the routing key is allowed, the variables standing for what they say.</summary>
    public bool AllowsKey(Permission permission, string user, string virtualHost, TopicKey key)
    {
        var index = permission == Permission.Write ? 0 : 1;
        var pattern = patterns[index].Contains('{', StringComparison.Ordinal)
            ? Expanded(index, user, virtualHost, key.ClientId)
            : _patterns[index].Value;
        return pattern?.Matches(key.Key) == true;
    }

    private static NamePattern? Compile(string text) => NamePattern.TryParse(text, out var pattern, out _) ? pattern : null;

    private NamePattern? Expanded(int index, string user, string virtualHost, string? clientId)
    {
        if (_expanded.Count >= MostExpanded)
        {
            _expanded.Clear();
        }

        return _expanded.GetOrAdd(
            (index, user, virtualHost, clientId),
            static (key, texts) => Compile(Expand(texts[key.Pattern], key.User, key.VirtualHost, key.ClientId)),
            patterns);
    }

    // In one go and escaped: a value is never read as a pattern, nor as another variable.
    private static string Expand(string pattern, string user, string virtualHost, string? clientId) =>
        Regex.Replace(pattern, @"\{(username|vhost|client_id)\}", variable => variable.Groups[1].Value switch
        {
            "username" => NamePattern.Escape(user),
            "vhost" => NamePattern.Escape(virtualHost),
            _ => clientId is null ? variable.Value : NamePattern.Escape(clientId),
        });
}

/// <summary>What a virtual host has besides its name.</summary>
internal sealed record StoredVirtualHost(VirtualHostDefinition Definition, long Incarnation);
