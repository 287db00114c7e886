using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace OrleansBroker.Grains.Access;

/// <summary>
/// Remembers for a short time which logins succeeded, so that a storm of connections costs one slow verification and not one each. It
/// keeps no password: names and passwords are hashed under a key that lives and dies with the process.
/// </summary>
internal sealed class RecentLogins(TimeProvider time)
{
    private const int Most = 10_000;
    private static readonly TimeSpan Lasts = TimeSpan.FromMinutes(1);

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly ConcurrentDictionary<string, Attempt> _attempts = new(StringComparer.Ordinal);

    /// <summary>Verifies, or takes what a verification that is under way or recent has told. Only successes are remembered.</summary>
    public async Task<bool> VerifyAsync(string user, string password, Func<bool> verify)
    {
        var key = KeyOf(user, password);
        var now = time.GetUtcNow();
        if (_attempts.TryGetValue(key, out var known) && known.Until <= now)
        {
            _attempts.TryRemove(new(key, known));
        }

        if (_attempts.Count >= Most)
        {
            _attempts.Clear();
        }

        // A thread of its own: a third of a second of hashing must not hold up what shares the pool's.
        var attempt = _attempts.GetOrAdd(key, _ => new Attempt(now + Lasts, new Lazy<Task<bool>>(
            () => Task.Factory.StartNew(verify, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))));
        var right = false;
        try
        {
            right = await attempt.Result.Value;
        }
        finally
        {
            if (!right)
            {
                _attempts.TryRemove(new(key, attempt));
            }
        }

        return right;
    }

    private string KeyOf(string user, string password) =>
        Convert.ToBase64String(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{user.Length}:{user}{password}")));

    private sealed record Attempt(DateTimeOffset Until, Lazy<Task<bool>> Result);
}
