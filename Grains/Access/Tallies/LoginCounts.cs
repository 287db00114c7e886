using System.Collections.Concurrent;
using OrleansBroker.Grains.Interfaces.Access;

namespace OrleansBroker.Grains.Access.Tallies;

/// <inheritdoc cref="ILoginAttempts"/>
internal sealed class LoginCounts : ILoginAttempts
{
    // Whoever tries names and addresses must not fill the memory.
    private const int MostSources = 1_000;

    // A name that somebody tried may be as long as a frame.
    private const int MostCharacters = 255;

    private readonly ConcurrentDictionary<string, LoginAttempts> _counts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Protocol, string User, string Address), LoginAttempts> _sources = new();

    public void Count(string protocol, bool succeeded, string user, string address)
    {
        Count(_counts, protocol, protocol, succeeded);
        var source = (protocol, user.Length > MostCharacters ? user[..MostCharacters] : user, address);
        Count(_sources, _sources.Count < MostSources || _sources.ContainsKey(source) ? source : (protocol, "", ""), protocol, succeeded);
    }

    public IReadOnlyList<LoginAttempts> List() => [.. _counts.Values.OrderBy(count => count.Protocol, StringComparer.Ordinal)];

    public IReadOnlyList<LoginSource> ListSources() =>
    [
        .. _sources.Select(entry => new LoginSource(entry.Key.User, entry.Key.Address, entry.Value))
            .OrderBy(source => source.User, StringComparer.Ordinal).ThenBy(source => source.Address, StringComparer.Ordinal),
    ];

    public void Reset()
    {
        _counts.Clear();
        _sources.Clear();
    }

    private static void Count<TKey>(ConcurrentDictionary<TKey, LoginAttempts> counts, TKey key, string protocol, bool succeeded)
        where TKey : notnull => counts.AddOrUpdate(
        key,
        static (_, login) => new LoginAttempts(login.protocol, login.succeeded ? 1 : 0, login.succeeded ? 0 : 1),
        static (_, count, login) => login.succeeded ? count with { Succeeded = count.Succeeded + 1 } : count with { Failed = count.Failed + 1 },
        (protocol, succeeded));
}
