using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;

namespace OrleansBroker.Gateway.Connections;

/// <summary>
/// The silo's connections, and their common clock: one timer looks after the heartbeats and timeouts of all of them, for a timer each
/// would cost more than the rest of an idle connection.
/// </summary>
internal sealed class ConnectionRegistry(TimeProvider time) : BackgroundService
{
    // Half of the shortest interval that AMQP can negotiate, 1 s.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<Guid, AmqpConnection> _connections = new();
    private readonly Dictionary<string, int> _users = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private int _count;

    /// <summary>How many connections there are.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>The connections.</summary>
    public IEnumerable<(Guid Id, AmqpConnection Connection)> All => _connections.Select(static entry => (entry.Key, entry.Value));

    /// <summary>Adds a connection; false where there are as many as may be.</summary>
    public bool TryAdd(Guid id, AmqpConnection connection, int limit)
    {
        if (Interlocked.Increment(ref _count) > limit)
        {
            Interlocked.Decrement(ref _count);
            return false;
        }

        _connections[id] = connection;
        return true;
    }

    public void Remove(Guid id)
    {
        if (_connections.TryRemove(id, out _))
        {
            Interlocked.Decrement(ref _count);
        }
    }

    /// <summary>Counts a user's connection; false where the user has as many as may be.</summary>
    public bool TryEnter(string user, int limit)
    {
        lock (_lock)
        {
            var count = _users.GetValueOrDefault(user);
            if (count >= limit)
            {
                return false;
            }

            _users[user] = count + 1;
            return true;
        }
    }

    public void Leave(string user)
    {
        lock (_lock)
        {
            if (_users[user] == 1)
            {
                _users.Remove(user);
            }
            else
            {
                _users[user]--;
            }
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Tick, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (var (_, connection) in _connections)
            {
                connection.OnTick();
            }
        }
    }
}
