using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using OrleansBroker.Grains.Interfaces.Access;

namespace OrleansBroker.Grains.Access;

/// <summary>Access control after <see cref="AccessOptions"/>. Patterns are compiled once; one that is malformed fails the start.</summary>
internal sealed class ConfiguredAccessControl : IAccessControl
{
    private readonly Dictionary<string, User> _users = new(StringComparer.Ordinal);

    // What an unknown user's password is checked against, so that the time of the answer does not tell whether the user exists.
    private readonly User _nobody;

    private readonly RecentLogins _recent;

    public ConfiguredAccessControl(IOptions<AccessOptions> options, TimeProvider time)
    {
        _recent = new RecentLogins(time);
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
            ? await _recent.VerifyAsync(user, password, () => checkedAgainst.HasPassword(password) && known)
            : checkedAgainst.HasPassword(password) && known;
        return !right ? LoginOutcome.InvalidCredentials
            : found!.LoopbackOnly && !isLoopback ? LoginOutcome.LoopbackOnly
            : LoginOutcome.Accepted;
    }

    public ValueTask<IReadOnlyList<string>> GetTagsAsync(string user, CancellationToken cancellationToken) =>
        new(_users.TryGetValue(user, out var found) ? found.Tags : []);

    public ValueTask<bool> MayEnterAsync(string user, string virtualHost, CancellationToken cancellationToken) =>
        new(_users.TryGetValue(user, out var found) && found.In(virtualHost) is not null);

    public ValueTask<bool> AuthorizeAsync(
        string user, string virtualHost, Permission permission, string resource, CancellationToken cancellationToken) =>
        new(_users.TryGetValue(user, out var found) && found.In(virtualHost)?.Allows(permission, resource) == true);

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
        private readonly Pattern _configure = new(options.Configure);
        private readonly Pattern _write = new(options.Write);
        private readonly Pattern _read = new(options.Read);

        public bool Allows(Permission permission, string resource) => permission switch
        {
            Permission.Configure => _configure.Matches(resource),
            Permission.Write => _write.Matches(resource),
            Permission.Read => _read.Matches(resource),
            _ => false,
        };
    }

    private sealed class Pattern(string pattern)
    {
        // RabbitMQ: the empty pattern stands for ^$ and matches nothing but the empty name. NonBacktracking: no pattern can stall a login.
        private readonly Regex? _regex = pattern switch
        {
            ".*" => null,
            "" => new Regex("^$", RegexOptions.NonBacktracking),
            _ => new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant),
        };

        public bool Matches(string name) => _regex?.IsMatch(name) ?? true;
    }
}
