using Microsoft.Extensions.Options;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Telemetry;

namespace OrleansBroker.Grains.Access;

/// <summary>Access control after <see cref="AccessOptions"/>. Patterns are compiled once.</summary>
internal sealed class ConfiguredAccessControl : IAccessControl, IDisposable
{
    private readonly Dictionary<string, User> _users = new(StringComparer.Ordinal);

    // What an unknown user's password is checked against, so that the time of the answer does not tell whether the user exists.
    private readonly User _nobody;

    private readonly RecentLogins _recent;

    public ConfiguredAccessControl(IOptions<AccessOptions> options, TimeProvider time, BrokerTelemetry telemetry)
    {
        _recent = new RecentLogins(time, telemetry);
        foreach (var (name, user) in options.Value.Effective)
        {
            _users.Add(name, new User(user));
        }

        _nobody = _users.Values.FirstOrDefault(u => u.IsHashed) ?? new User(new UserOptions { Password = "" });
    }

    public async ValueTask<LoginOutcome> AuthenticateAsync(string user, string password, bool isLoopback, CancellationToken cancellationToken)
    {
        var known = _users.TryGetValue(user, out var found);
        var checkedAgainst = found ?? _nobody;
        var right = checkedAgainst.IsHashed
            ? await _recent.VerifyAsync(user, password, () => checkedAgainst.HasPassword(password) && known, cancellationToken)
            : checkedAgainst.HasPassword(password) && known;
        return right ? Admit(found!, isLoopback) : LoginOutcome.InvalidCredentials;
    }

    public ValueTask<LoginOutcome> IdentifyAsync(string user, bool isLoopback, CancellationToken cancellationToken) =>
        new(_users.TryGetValue(user, out var found) ? Admit(found, isLoopback) : LoginOutcome.InvalidCredentials);

    public ValueTask<IReadOnlyList<string>> GetTagsAsync(string user, CancellationToken cancellationToken) =>
        new(_users.TryGetValue(user, out var found) ? found.Tags : []);

    public ValueTask<bool> MayEnterAsync(string user, string virtualHost, CancellationToken cancellationToken) =>
        new(_users.TryGetValue(user, out var found) && found.In(virtualHost) is not null);

    public ValueTask<bool> AuthorizeAsync(
        string user, string virtualHost, Permission permission, string resource, CancellationToken cancellationToken) =>
        new(_users.TryGetValue(user, out var found) && found.In(virtualHost)?.Allows(permission, resource) == true);

    public void Dispose() => _recent.Dispose();

    private static LoginOutcome Admit(User user, bool isLoopback) =>
        user.LoopbackOnly && !isLoopback ? LoginOutcome.LoopbackOnly : LoginOutcome.Accepted;

    private sealed class User(UserOptions options)
    {
        private readonly Dictionary<string, Grants> _grants =
            options.Permissions.ToDictionary(p => p.Key, p => new Grants(p.Value), StringComparer.Ordinal);

        public bool LoopbackOnly => options.LoopbackOnly;

        public IReadOnlyList<string> Tags { get; } =
            options.Tags?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

        public bool IsHashed => options.PasswordHash is not null;

        // A user with neither password nor hash cannot log in.
        public bool HasPassword(string password) => options.PasswordHash is { } hash
            ? PasswordHash.Verify(password, hash)
            : options.Password is { Length: > 0 } plain && PasswordHash.AreEqual(password, plain);

        public Grants? In(string virtualHost) => _grants.GetValueOrDefault(virtualHost) ?? _grants.GetValueOrDefault("*");
    }

    private sealed class Grants(PermissionOptions options)
    {
        private readonly NamePattern _configure = NamePattern.Parse(options.Configure);
        private readonly NamePattern _write = NamePattern.Parse(options.Write);
        private readonly NamePattern _read = NamePattern.Parse(options.Read);

        public bool Allows(Permission permission, string resource) => permission switch
        {
            Permission.Configure => _configure.Matches(resource),
            Permission.Write => _write.Matches(resource),
            Permission.Read => _read.Matches(resource),
            _ => false,
        };
    }
}
