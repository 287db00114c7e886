using System.Security.Cryptography;
using System.Text;
using OrleansBroker.Grains.Telemetry;

namespace OrleansBroker.Grains.Access;

/// <summary>
/// Remembers for a short time which logins succeeded, so that a storm of connections costs one slow verification and not one each. It
/// keeps no password: names and passwords are hashed under a key that lives and dies with the process. Few verifications run at a
/// time, and one that nobody waits for any more does not run, so that a storm of wrong passwords does not take the processors.
/// </summary>
internal sealed class RecentLogins(TimeProvider time, BrokerTelemetry telemetry) : IDisposable
{
    private const int Most = 10_000;
    private static readonly TimeSpan Lasts = TimeSpan.FromMinutes(1);

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Attempt> _attempts = new(StringComparer.Ordinal);

    // Half of the processors are for messages.
    private readonly SemaphoreSlim _turns = new(Math.Max(1, Environment.ProcessorCount / 2));

    /// <summary>
    /// Verifies, or takes what a verification that is under way or recent has told. Only successes are remembered. Cancelled, it goes on
    /// for others that ask the same.
    /// </summary>
    public async Task<bool> VerifyAsync(string user, string password, Func<bool> verify, CancellationToken cancellationToken)
    {
        var attempt = Join(KeyOf(user, password), verify);
        try
        {
            return await attempt.Result.WaitAsync(cancellationToken);
        }
        finally
        {
            lock (_lock)
            {
                attempt.Waiting--;
            }
        }
    }

    public void Dispose() => _turns.Dispose();

    private Attempt Join(string key, Func<bool> verify)
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            if (_attempts.TryGetValue(key, out var known) && known.Until > now)
            {
                known.Waiting++;
                return known;
            }

            if (_attempts.Count >= Most)
            {
                _attempts.Clear();
            }

            var attempt = _attempts[key] = new Attempt { Until = now + Lasts, Waiting = 1 };
            attempt.Result = RunAsync(key, attempt, verify);
            return attempt;
        }
    }

    private async Task<bool> RunAsync(string key, Attempt attempt, Func<bool> verify)
    {
        var right = false;
        await _turns.WaitAsync();
        try
        {
            if (IsAwaited(key, attempt))
            {
                telemetry.PasswordVerified();
                // A thread of its own: a third of a second of hashing must not hold up what shares the pool's.
                right = await Task.Factory.StartNew(verify, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            }
        }
        finally
        {
            _turns.Release();
            if (!right)
            {
                Forget(key, attempt);
            }
        }

        return right;
    }

    // Forgotten in the same step: nobody may join what does not run.
    private bool IsAwaited(string key, Attempt attempt)
    {
        lock (_lock)
        {
            if (attempt.Waiting == 0)
            {
                Forget(key, attempt);
            }

            return attempt.Waiting > 0;
        }
    }

    private void Forget(string key, Attempt attempt)
    {
        lock (_lock)
        {
            if (_attempts.GetValueOrDefault(key) == attempt)
            {
                _attempts.Remove(key);
            }
        }
    }

    private string KeyOf(string user, string password) =>
        Convert.ToBase64String(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{user.Length}:{user}{password}")));

    private sealed class Attempt
    {
        public required DateTimeOffset Until { get; init; }

        public Task<bool> Result { get; set; } = null!;

        public int Waiting { get; set; }
    }
}
