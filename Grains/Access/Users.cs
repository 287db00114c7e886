using System.Text;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Settings;
using OrleansBroker.Grains.Topology.Rows;

namespace OrleansBroker.Grains.Access;

/// <summary>Lists users, and changes those that are stored.</summary>
internal sealed class Users(ConfiguredUsers configured, SettingsCache settings, SettingsWriter writer, Incarnations incarnations) : IUsers
{
    private const int MaxOctets = 255;
    private const int MaxTags = 32;
    private static readonly string[] KnownLimits = [UserDefinition.MaxConnections, UserDefinition.MaxChannels];

    public async ValueTask<UserDefinition?> FindAsync(string name, CancellationToken cancellationToken) =>
        configured.Find(name)?.Definition ?? (await settings.GetAsync(cancellationToken)).Users.GetValueOrDefault(name)?.Definition;

    public async ValueTask<IReadOnlyList<UserDefinition>> ListAsync(CancellationToken cancellationToken)
    {
        var stored = (await settings.GetAsync(cancellationToken)).Users.Values.Select(user => user.Definition).Where(user => configured.Find(user.Name) is null);
        return [.. configured.All.Select(user => user.Definition).Concat(stored).OrderBy(user => user.Name, StringComparer.Ordinal)];
    }

    public async Task<bool> PutAsync(IReadOnlyList<UserDefinition> users, CancellationToken cancellationToken)
    {
        foreach (var user in users)
        {
            Check(user);
        }

        var isNew = false;
        await writer.ChangeAsync(async changes =>
        {
            for (var i = 0; i < users.Count; i++)
            {
                var key = SettingsKeys.User(users[i].Name);
                var row = await changes.ReadAsync(key);
                var incarnation = 0L;
                if (row is null)
                {
                    incarnation = await incarnations.NextAsync(cancellationToken);
                }
                else
                {
                    SettingsRows.User(users[i].Name, row.Value, out incarnation);
                }

                isNew = i == 0 ? row is null : isNew;
                changes.Write(key, SettingsRows.Encode(users[i], incarnation));
            }
        }).WaitAsync(cancellationToken);
        return isNew;
    }

    public Task DeleteAsync(IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        foreach (var name in names)
        {
            RefuseConfigured(name);
        }

        return writer.ChangeAsync(async changes =>
        {
            foreach (var name in names)
            {
                if (await changes.ReadAsync(SettingsKeys.User(name)) is not null)
                {
                    changes.Write(SettingsKeys.User(name), null);
                    await changes.DeleteAllAsync(SettingsKeys.PermissionsOf(name));
                    await changes.DeleteAllAsync(SettingsKeys.TopicPermissionsOf(name));
                }
            }
        }).WaitAsync(cancellationToken);
    }

    public async ValueTask<IReadOnlyList<PermissionDefinition>> ListPermissionsAsync(CancellationToken cancellationToken)
    {
        var all = configured.All.SelectMany(user => user.Grants.Select(grants => Permission(user.Definition.Name, grants.Key, grants.Value)));
        foreach (var user in (await settings.GetAsync(cancellationToken)).Users.Values.Where(user => configured.Find(user.Definition.Name) is null))
        {
            all = all.Concat(user.Grants.Select(grants => Permission(user.Definition.Name, grants.Key, grants.Value)));
        }

        return [.. all.OrderBy(p => p.VirtualHost, StringComparer.Ordinal).ThenBy(p => p.User, StringComparer.Ordinal)];
    }

    public Task<bool> PutPermissionsAsync(IReadOnlyList<PermissionDefinition> permissions, CancellationToken cancellationToken)
    {
        foreach (var permission in permissions)
        {
            CheckPatterns(permission.Configure, permission.Write, permission.Read);
        }

        return PutGrantsAsync(
            [.. permissions.Select(p => new Grant(p.User, p.VirtualHost, SettingsKeys.Permission(p.User, p.VirtualHost), [p.Configure, p.Write, p.Read]))],
            cancellationToken);
    }

    public Task<bool> DeletePermissionAsync(string user, string virtualHost, CancellationToken cancellationToken) =>
        DeleteGrantsAsync(user, SettingsKeys.Permission(user, virtualHost), isPrefix: false, cancellationToken);

    public async ValueTask<IReadOnlyList<TopicPermissionDefinition>> ListTopicPermissionsAsync(CancellationToken cancellationToken) =>
    [
        .. (await settings.GetAsync(cancellationToken)).Users.Values
            .Where(user => configured.Find(user.Definition.Name) is null)
            .SelectMany(user => user.Topics.Select(topic => new TopicPermissionDefinition
            {
                User = user.Definition.Name,
                VirtualHost = topic.Key.VirtualHost,
                Exchange = topic.Key.Exchange,
                Write = topic.Value.Pattern(0),
                Read = topic.Value.Pattern(1),
            }))
            .OrderBy(p => p.VirtualHost, StringComparer.Ordinal).ThenBy(p => p.User, StringComparer.Ordinal).ThenBy(p => p.Exchange, StringComparer.Ordinal),
    ];

    public Task<bool> PutTopicPermissionsAsync(IReadOnlyList<TopicPermissionDefinition> permissions, CancellationToken cancellationToken)
    {
        foreach (var permission in permissions)
        {
            CheckPatterns(permission.Write, permission.Read);
            CheckName("exchange name", permission.Exchange);
        }

        return PutGrantsAsync(
            [.. permissions.Select(p => new Grant(p.User, p.VirtualHost, SettingsKeys.TopicPermission(p.User, p.VirtualHost, p.Exchange), [p.Write, p.Read]))],
            cancellationToken);
    }

    public Task<bool> DeleteTopicPermissionsAsync(string user, string virtualHost, string? exchange, CancellationToken cancellationToken) => exchange is null
        ? DeleteGrantsAsync(user, SettingsKeys.TopicPermissions(user, virtualHost), isPrefix: true, cancellationToken)
        : DeleteGrantsAsync(user, SettingsKeys.TopicPermission(user, virtualHost, exchange), isPrefix: false, cancellationToken);

    public string Hash(string password, string? algorithm) =>
        algorithm is null or PasswordHash.Scheme ? PasswordHash.Create(password)
        : PasswordHash.IsRabbitAlgorithm(algorithm) ? PasswordHash.Create(password, algorithm)
        : throw Wrong($"'{algorithm}' is no hashing algorithm; allowed: rabbit_password_hashing_sha256, rabbit_password_hashing_sha512, {PasswordHash.Scheme}");

    private static PermissionDefinition Permission(string user, string virtualHost, StoredGrants grants) => new()
    {
        User = user,
        VirtualHost = virtualHost,
        Configure = grants.Pattern(0),
        Write = grants.Pattern(1),
        Read = grants.Pattern(2),
    };

    private static BrokerException Wrong(string what) => new(ReplyCode.PreconditionFailed, what);

    private static void CheckName(string what, string name)
    {
        if (name.AsSpan().ContainsAny('\r', '\n') || Encoding.UTF8.GetByteCount(name) > MaxOctets)
        {
            throw Wrong($"a {what} has at most {MaxOctets} octets and no line breaks");
        }
    }

    private static void CheckPatterns(params ReadOnlySpan<string> patterns)
    {
        foreach (var pattern in patterns)
        {
            if (!NamePattern.TryParse(pattern, out _, out var problem))
            {
                throw Wrong($"invalid regexp '{pattern}'; allowed: {NamePattern.Allowed}. {problem}");
            }
        }
    }

    private void Check(UserDefinition user)
    {
        RefuseConfigured(user.Name);
        CheckName("user's name", user.Name);
        if (user.Name.Length == 0)
        {
            throw Wrong("a user's name is not empty");
        }

        if (user.PasswordHash is { } hash && !PasswordHash.IsWellFormed(hash))
        {
            throw Wrong($"the password hash of user '{user.Name}' is none of its algorithm (it is not shown)");
        }

        if (user.Tags.Count > MaxTags)
        {
            throw Wrong($"user '{user.Name}' has {user.Tags.Count} tags; allowed: at most {MaxTags}");
        }

        if (user.Limits.Keys.FirstOrDefault(name => !KnownLimits.Contains(name)) is { } unknown)
        {
            throw Wrong($"Unrecognised terms [{{<<\"{unknown}\">>,{user.Limits[unknown]}}}] in user-limits");
        }
    }

    private void RefuseConfigured(string name)
    {
        if (configured.Find(name) is not null)
        {
            throw Wrong($"user '{name}' is set by configuration (Broker:Access:Users:{name}) and is changed there");
        }
    }

    private async Task<bool> PutGrantsAsync(IReadOnlyList<Grant> grants, CancellationToken cancellationToken)
    {
        foreach (var grant in grants)
        {
            RefuseConfigured(grant.User);
        }

        var isNew = false;
        await writer.ChangeAsync(async changes =>
        {
            for (var i = 0; i < grants.Count; i++)
            {
                var grant = grants[i];
                await SettingsRequirements.VirtualHostAsync(changes, grant.VirtualHost);
                var user = await changes.ReadAsync(SettingsKeys.User(grant.User)) ?? throw new BrokerException(ReplyCode.NotFound, $"no user '{grant.User}'");
                SettingsRows.User(grant.User, user.Value, out var incarnation);
                var row = await changes.ReadAsync(grant.Key);
                isNew = i == 0 ? row is null : isNew;
                changes.Write(grant.Key, SettingsRows.Encode(incarnation, grant.Patterns));
            }
        }).WaitAsync(cancellationToken);
        return isNew;
    }

    private async Task<bool> DeleteGrantsAsync(string user, string key, bool isPrefix, CancellationToken cancellationToken)
    {
        RefuseConfigured(user);
        var found = false;
        await writer.ChangeAsync(async changes =>
        {
            if (isPrefix)
            {
                found = await changes.DeleteAllAsync(key) > 0;
                return;
            }

            found = await changes.ReadAsync(key) is not null;
            changes.Write(key, null);
        }).WaitAsync(cancellationToken);
        return found;
    }

    private readonly record struct Grant(string User, string VirtualHost, string Key, string[] Patterns);
}
