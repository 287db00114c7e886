using System.Collections.Concurrent;
using OrleansBroker.Grains.Interfaces.Access;

namespace OrleansBroker.Grains.Access.Tallies;

/// <inheritdoc cref="ILoginAttempts"/>
internal sealed class LoginCounts : ILoginAttempts
{
    private readonly ConcurrentDictionary<string, LoginAttempts> _counts = new(StringComparer.Ordinal);

    public void Count(string protocol, bool succeeded) => _counts.AddOrUpdate(
        protocol,
        static (protocol, succeeded) => new LoginAttempts(protocol, succeeded ? 1 : 0, succeeded ? 0 : 1),
        static (_, count, succeeded) => succeeded ? count with { Succeeded = count.Succeeded + 1 } : count with { Failed = count.Failed + 1 },
        succeeded);

    public IReadOnlyList<LoginAttempts> List() => [.. _counts.Values.OrderBy(count => count.Protocol, StringComparer.Ordinal)];

    public void Reset() => _counts.Clear();
}
