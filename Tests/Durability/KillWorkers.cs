using OrleansBroker.ClientLib;

namespace OrleansBroker.Tests.Durability;

/// <summary>The publishers and consumers of a kill test. They write what they see into the history; how they speak is their client's.</summary>
internal abstract class KillWorkers(string address, int seed, History history, int firstWorker = 0) : IDisposable
{
    public const string Queue = "kill";

    private const int PublishersPerRound = 2;
    private const int ConsumersPerRound = 2;

    private static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(120);

    private readonly List<Task> _lasting = [];
    private readonly List<Task> _ofRound = [];
    private readonly CancellationTokenSource _end = new();
    private readonly CancellationTokenSource _publishingEnds = new();
    private CancellationTokenSource _roundEnds = new();
    private int _round;
    private int _publishers = firstWorker;
    private int _sessions = firstWorker;

    protected History History => history;

    protected int Round => Volatile.Read(ref _round);

    /// <summary>A publisher and a consumer that keep their connections over all kills.</summary>
    public void StartLasting()
    {
        _lasting.Add(Task.Run(() => PublishAsync(lasts: true, _publishingEnds.Token)));
        _lasting.Add(Task.Run(() => ConsumeAsync(lasts: true, returns: true, _end.Token)));
    }

    /// <summary>Publishers and consumers with connections of their own until <see cref="EndRoundAsync"/>.</summary>
    public void StartRound(int round)
    {
        Volatile.Write(ref _round, round);
        var ends = _roundEnds.Token;
        for (var i = 0; i < PublishersPerRound; i++)
        {
            _ofRound.Add(Task.Run(() => PublishAsync(lasts: false, ends)));
        }

        for (var i = 0; i < ConsumersPerRound; i++)
        {
            _ofRound.Add(Task.Run(() => ConsumeAsync(lasts: false, returns: true, ends)));
        }
    }

    /// <summary>Ends the round's workers, whose silo is dead.</summary>
    public async Task EndRoundAsync()
    {
        await _roundEnds.CancelAsync();
        await Task.WhenAll(_ofRound);
        _ofRound.Clear();
        _roundEnds.Dispose();
        _roundEnds = new CancellationTokenSource();
    }

    /// <summary>Ends the lasting workers while the silo runs.</summary>
    public async Task EndLastingAsync()
    {
        await _publishingEnds.CancelAsync();
        await _lasting[0];
        await _end.CancelAsync();
        await _lasting[1];
    }

    /// <summary>Takes what is left until the queue is empty.</summary>
    public async Task DrainAsync(int round)
    {
        Volatile.Write(ref _round, round);
        using var drained = new CancellationTokenSource();
        using var patience = new CancellationTokenSource(DrainPatience);
        var consuming = Task.Run(() => ConsumeAsync(lasts: false, returns: false, drained.Token));
        await using var connection = await Connection.OpenAsync(address, cancellationToken: patience.Token);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (await connection.GetQueueAsync(Queue, patience.Token) is { } queue && queue.Messages + queue.Unacked > 0)
        {
            await timer.WaitForNextTickAsync(patience.Token);
        }

        await drained.CancelAsync();
        await consuming;
    }

    public void Dispose()
    {
        _end.Dispose();
        _publishingEnds.Dispose();
        _roundEnds.Dispose();
    }

    /// <summary>Publishes until the end, and past outages if it lasts; every message it ever sent is in the history then.</summary>
    protected abstract Task PublishAsync(int publisher, Random random, bool lasts, CancellationToken ends);

    /// <summary>Consumes until the end, and past outages if it lasts; what it settles is in the history before it settles it.</summary>
    protected abstract Task ConsumeAsync(int session, Random random, bool lasts, bool returns, CancellationToken ends);

    private Task PublishAsync(bool lasts, CancellationToken ends)
    {
        var publisher = Interlocked.Increment(ref _publishers);
        return PublishAsync(publisher, new Random(seed + publisher), lasts, ends);
    }

    private Task ConsumeAsync(bool lasts, bool returns, CancellationToken ends)
    {
        var session = Interlocked.Increment(ref _sessions);
        return ConsumeAsync(session, new Random(seed - session), lasts, returns, ends);
    }
}
