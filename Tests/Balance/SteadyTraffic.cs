using System.Diagnostics;
using System.Globalization;
using OrleansBroker.ClientLib;

namespace OrleansBroker.Tests.Balance;

/// <summary>
/// A queue with a publisher that numbers its messages, every other one transient, and a consumer that acks each: what the consumer sees of
/// a queue that moves.
/// </summary>
internal sealed class SteadyTraffic(string queue, Connection publishing, Connection consuming) : IDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);
    private static readonly MessageProperties Transient = new() { Persistent = false };

    private readonly CancellationTokenSource _publishingEnds = new();
    private readonly CancellationTokenSource _consumingEnds = new();
    private readonly List<string> _violations = [];
    private Task _publishing = Task.CompletedTask;
    private Task _consuming = Task.CompletedTask;
    private long _published;
    private long _received;

    /// <summary>The longest time between two deliveries.</summary>
    public TimeSpan LongestGap { get; private set; }

    public long Received => Volatile.Read(ref _received);

    /// <summary>What was lost, came twice or out of order.</summary>
    public IReadOnlyList<string> Violations => _violations;

    public void Start()
    {
        _consuming = Task.Run(ConsumeAsync);
        _publishing = Task.Run(PublishAsync);
    }

    /// <summary>Publishes nothing more, and waits until all that was published has come.</summary>
    public async Task StopAsync(TimeSpan patience)
    {
        await _publishingEnds.CancelAsync();
        await _publishing;
        var last = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (Received < _published && Stopwatch.GetElapsedTime(last) < patience)
        {
            await timer.WaitForNextTickAsync();
        }

        await _consumingEnds.CancelAsync();
        await _consuming;
        if (_received != _published)
        {
            _violations.Add($"{queue}: {_published} were confirmed, {_received} came");
        }
    }

    public void Dispose()
    {
        _publishingEnds.Dispose();
        _consumingEnds.Dispose();
    }

    private async Task PublishAsync()
    {
        using var timer = new PeriodicTimer(Pace);
        while (!_publishingEnds.IsCancellationRequested)
        {
            var number = _published + 1;
            await publishing.PublishAsync(number.ToString(CultureInfo.InvariantCulture), queue: queue, properties: number % 2 == 0 ? Transient : null);
            _published = number;
            await timer.WaitForNextTickAsync();
        }
    }

    private async Task ConsumeAsync()
    {
        long? before = null;
        try
        {
            await foreach (var delivery in consuming.ReadAllAsync(queue, cancellationToken: _consumingEnds.Token))
            {
                var number = long.Parse(delivery.Text, CultureInfo.InvariantCulture);
                if (number != _received + 1 || delivery.Redelivered)
                {
                    _violations.Add($"{queue}: {number} came after {_received}{(delivery.Redelivered ? ", redelivered" : "")}");
                }

                var gap = before is { } then ? Stopwatch.GetElapsedTime(then) : TimeSpan.Zero;
                LongestGap = gap > LongestGap ? gap : LongestGap;
                before = Stopwatch.GetTimestamp();
                await delivery.AckAsync();
                Volatile.Write(ref _received, number);
            }
        }
        catch (OperationCanceledException) when (_consumingEnds.IsCancellationRequested)
        {
            // All has come.
        }
    }
}
