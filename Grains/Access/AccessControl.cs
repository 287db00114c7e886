using Microsoft.Extensions.Options;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Settings;
using OrleansBroker.Grains.Telemetry;

namespace OrleansBroker.Grains.Access;

/// <summary>Access control after the users of configuration and, beside them, those that are stored.</summary>
internal sealed class AccessControl : IAccessControl, IDisposable
{
    // What an unknown user's password is checked against where there is no hash, so that the answer's time does not tell who exists.
    private const string NobodysPassword = "nobody's";

    private readonly ConfiguredUsers _configured;
    private readonly SettingsCache _settings;
    private readonly HashSet<string> _loopbackUsers;
    private readonly RecentLogins _recent;

    public AccessControl(
        ConfiguredUsers configured, SettingsCache settings, IOptions<AccessOptions> options, TimeProvider time, BrokerTelemetry telemetry)
    {
        _configured = configured;
        _settings = settings;
        _loopbackUsers = new HashSet<string>(options.Value.LoopbackUserNames, StringComparer.Ordinal);
        _recent = new RecentLogins(time, telemetry);
        _settings.Installed += OnInstalled;
    }

    public long Version => _settings.Version;

    public event Action<AccessLoss>? Lost;

    public async ValueTask<LoginOutcome> AuthenticateAsync(string user, string password, bool isLoopback, CancellationToken cancellationToken)
    {
        var settings = await _settings.GetAsync(cancellationToken);
        var configured = _configured.Find(user);
        if (configured is null && !_settings.Seeded.IsCompleted && !settings.Users.ContainsKey(user))
        {
            // Native clients get in before the silo's start has made the first user: not yet is not never.
            await _settings.Seeded.WaitAsync(cancellationToken);
            settings = await _settings.GetAsync(cancellationToken);
        }

        var stored = configured is null ? settings.Users.GetValueOrDefault(user) : null;
        var hash = (configured?.Definition ?? stored?.Definition)?.PasswordHash;
        var known = hash is not null || configured?.PlainPassword is not null;
        bool right;
        if (configured?.PlainPassword is { } plain)
        {
            right = PasswordHash.AreEqual(password, plain);
        }
        else if ((hash ?? SomeHash(settings)) is { } checkedAgainst)
        {
            // The hash is part of what is remembered: a password that was changed is not right for a minute more.
            right = await _recent.VerifyAsync(
                $"{user}\n{checkedAgainst}", password, () => PasswordHash.Verify(password, checkedAgainst) && known, cancellationToken);
        }
        else
        {
            right = PasswordHash.AreEqual(password, NobodysPassword) && known;
        }

        return right && password.Length > 0 ? Admit(user, configured, isLoopback) : LoginOutcome.InvalidCredentials;
    }

    public async ValueTask<LoginOutcome> IdentifyAsync(string user, bool isLoopback, CancellationToken cancellationToken)
    {
        var configured = _configured.Find(user);
        return configured is not null || (await _settings.GetAsync(cancellationToken)).Users.ContainsKey(user)
            ? Admit(user, configured, isLoopback)
            : LoginOutcome.InvalidCredentials;
    }

    public async ValueTask<IReadOnlyList<string>> GetTagsAsync(string user, CancellationToken cancellationToken) =>
        (_configured.Find(user)?.Definition ?? (await _settings.GetAsync(cancellationToken)).Users.GetValueOrDefault(user)?.Definition)?.Tags ?? [];

    public async ValueTask<bool> MayEnterAsync(string user, string virtualHost, CancellationToken cancellationToken) =>
        await GrantsAsync(user, virtualHost, cancellationToken) is not null;

    public async ValueTask<bool> AuthorizeAsync(
        string user, string virtualHost, Permission permission, string resource, CancellationToken cancellationToken) =>
        (await GrantsAsync(user, virtualHost, cancellationToken))?.Allows(permission, resource) == true;

    public async ValueTask<bool> HasTopicRulesAsync(string user, ExchangeId exchange, CancellationToken cancellationToken) =>
        await TopicGrantsAsync(user, exchange, cancellationToken) is not null;

    public async ValueTask<bool> AuthorizeTopicAsync(
        string user, ExchangeId exchange, Permission permission, TopicKey key, CancellationToken cancellationToken) =>
        (await TopicGrantsAsync(user, exchange, cancellationToken))?.AllowsKey(permission, user, exchange.VirtualHost, key) ?? true;

    public void Dispose()
    {
        _settings.Installed -= OnInstalled;
        _recent.Dispose();
    }

    private async ValueTask<StoredGrants?> GrantsAsync(string user, string virtualHost, CancellationToken cancellationToken) =>
        _configured.Find(user) is { } configured
            ? configured.In(virtualHost)
            : (await _settings.GetAsync(cancellationToken)).Users.GetValueOrDefault(user)?.Grants.GetValueOrDefault(virtualHost);

    private async ValueTask<StoredGrants?> TopicGrantsAsync(string user, ExchangeId exchange, CancellationToken cancellationToken) =>
        _configured.Find(user) is not null
            ? null
            : (await _settings.GetAsync(cancellationToken)).Users.GetValueOrDefault(user)?.Topics.GetValueOrDefault((exchange.VirtualHost, exchange.Name));

    private LoginOutcome Admit(string user, ConfiguredUser? configured, bool isLoopback) =>
        !isLoopback && (configured?.LoopbackOnly ?? _loopbackUsers.Contains(user)) ? LoginOutcome.LoopbackOnly : LoginOutcome.Accepted;

    // A slow one where there is any.
    private string? SomeHash(SettingsSnapshot settings)
    {
        string? some = null;
        foreach (var hash in _configured.All.Select(user => user.Definition.PasswordHash).Concat(settings.Users.Values.Select(user => user.Definition.PasswordHash)))
        {
            if (hash?.StartsWith(PasswordHash.Scheme, StringComparison.Ordinal) == true)
            {
                return hash;
            }

            some ??= hash;
        }

        return some;
    }

    private void OnInstalled(SettingsSnapshot before, SettingsSnapshot now)
    {
        var users = before.Users.Values
            .Where(user => now.Users.GetValueOrDefault(user.Definition.Name)?.Incarnation != user.Incarnation && _configured.Find(user.Definition.Name) is null)
            .Select(user => user.Definition.Name)
            .ToHashSet(StringComparer.Ordinal);
        var virtualHosts = before.VirtualHosts.Values
            .Where(host => now.VirtualHosts.GetValueOrDefault(host.Definition.Name)?.Incarnation != host.Incarnation)
            .Select(host => host.Definition.Name)
            .ToHashSet(StringComparer.Ordinal);
        if (users.Count + virtualHosts.Count > 0)
        {
            Lost?.Invoke(new AccessLoss(users, virtualHosts));
        }
    }
}
