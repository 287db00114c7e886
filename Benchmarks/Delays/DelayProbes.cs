using System.Buffers.Binary;
using OrleansBroker.Benchmarks.Load;
using OrleansBroker.Benchmarks.Processes;
using OrleansBroker.ClientLib;

namespace OrleansBroker.Benchmarks.Delays;

/// <summary>
/// Messages with short delays, published one by one at a steady rate while many others are pending, and how late they come: for
/// <c>--probe-seconds</c> (20) with delays up to <c>--probe-delay</c> milliseconds (2,000), then across a crash.
/// </summary>
internal sealed class DelayProbes(int rate, Arguments arguments)
{
    private readonly Random _random = new(2);
    private readonly Dictionary<int, long> _pending = [];
    private readonly HashSet<int> _seen = [];
    private Percentiles _lateness = new();
    private int _last;
    private int _early;
    private int _twice;
    private long _firstAt;
    private long _subscribedAt;

    /// <summary>Publishes and receives while the broker runs.</summary>
    public async Task WhilePendingAsync(BrokerProcess broker, Connection connection)
    {
        await using var subscription = await connection.SubscribeAsync(Receive, DelayedBenchmark.Queue, prefetch: 2_000);
        var seconds = arguments.Number("probe-seconds", 20);
        await PublishAsync(connection, seconds, arguments.Number("probe-delay", 2_000));
        await DelayedBenchmark.AllAsync(() => Missing == 0);
        Console.WriteLine($"{_last:N0} more, {rate:N0} a second, resident {broker.ResidentBytes >> 20:N0} MiB; late by: {_lateness}");
        await subscription.DisposeAsync();

        // Due from now until long after the crash that follows.
        _lateness = new Percentiles();
        await PublishAsync(connection, 2, 20_000);
    }

    /// <summary>Receives what was pending at the crash.</summary>
    public async Task AfterCrashAsync(string folder)
    {
        var crashed = DelayedBenchmark.Now();
        await using var broker = await BrokerProcess.StartAsync(folder);
        var ready = DelayedBenchmark.Now();
        await using var connection = await Connection.OpenAsync(broker.Address);
        var pending = Missing;
        _subscribedAt = DelayedBenchmark.Now();
        await using var subscription = await connection.SubscribeAsync(Receive, DelayedBenchmark.Queue, prefetch: 2_000);
        await DelayedBenchmark.AllAsync(() => Missing == 0);
        Console.WriteLine(
            $"After kill -9 ready in {ready - crashed:N0} ms, connected {_subscribedAt - ready:N0} ms later, the first of {pending:N0} came "
            + $"{_firstAt - _subscribedAt:N0} ms after that; all came, "
            + $"{_twice:N0} twice, {_early:N0} early, resident {broker.ResidentBytes >> 20:N0} MiB");
        Console.WriteLine($"Those due since are late by: {_lateness}");
    }

    private int Missing
    {
        get
        {
            lock (_pending)
            {
                return _pending.Count;
            }
        }
    }

    private async Task PublishAsync(Connection connection, int seconds, int longest)
    {
        var started = TimeProvider.System.GetTimestamp();
        var published = new List<Task>();
        for (var sent = 0; sent < rate * seconds;)
        {
            var expected = Math.Min(rate * seconds, (int)(TimeProvider.System.GetElapsedTime(started).TotalSeconds * rate));
            for (; sent < expected; sent++)
            {
                published.Add(PublishOneAsync(connection, _random.Next(50, longest)));
            }

            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }

        await Task.WhenAll(published);
    }

    private Task PublishOneAsync(Connection connection, int delay)
    {
        var due = DelayedBenchmark.Now() + delay;
        var number = ++_last;
        lock (_pending)
        {
            _pending.Add(-number, due);
        }

        var headers = new Dictionary<string, object?> { ["x-delay"] = delay };
        return connection.PublishAsync(
            DelayedBenchmark.Body(arguments.Number("size", 1024), due, -number),
            exchange: DelayedBenchmark.Exchange,
            properties: new MessageProperties { Headers = headers });
    }

    private void Receive(Delivery delivery)
    {
        var now = DelayedBenchmark.Now();
        var number = BinaryPrimitives.ReadInt32LittleEndian(delivery.Body.Span[8..]);
        lock (_pending)
        {
            if (number >= 0)
            {
                return;
            }

            if (!_pending.Remove(number, out var due))
            {
                _twice += _seen.Contains(number) ? 1 : 0;
                return;
            }

            _seen.Add(number);
            _firstAt = _firstAt < _subscribedAt ? now : _firstAt;
            _early += now < due ? 1 : 0;
            if (due >= _subscribedAt)
            {
                _lateness.Add(TimeSpan.FromMilliseconds(now - due));
            }
        }
    }
}
