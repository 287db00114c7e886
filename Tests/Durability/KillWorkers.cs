using OrleansBroker.ClientLib;

namespace OrleansBroker.Tests.Durability;

/// <summary>The publishers and consumers of the kill test. They write what they see into the history.</summary>
internal sealed class KillWorkers(string address, int seed, History history) : IDisposable
{
    public const string Queue = "kill";

    private const int PublishersPerRound = 2;
    private const int ConsumersPerRound = 2;
    private const int Window = 64;

    private static readonly ConnectionOptions Options = new() { OpenTimeout = TimeSpan.FromSeconds(30), RequestTimeout = TimeSpan.FromSeconds(20) };
    private static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(120);

    private readonly List<Task> _lasting = [];
    private readonly List<Task> _ofRound = [];
    private readonly CancellationTokenSource _end = new();
    private readonly CancellationTokenSource _publishingEnds = new();
    private CancellationTokenSource _roundEnds = new();
    private int _round;
    private int _publishers;
    private int _sessions;

    /// <summary>A publisher and a consumer that keep their connections over all kills.</summary>
    public void StartLasting()
    {
        _lasting.Add(Task.Run(() => PublishAsync(_publishingEnds.Token)));
        _lasting.Add(Task.Run(() => ConsumeAsync(returns: true, _end.Token)));
    }

    /// <summary>Publishers and consumers with connections of their own until <see cref="EndRoundAsync"/>.</summary>
    public void StartRound(int round)
    {
        Volatile.Write(ref _round, round);
        var ends = _roundEnds.Token;
        for (var i = 0; i < PublishersPerRound; i++)
        {
            _ofRound.Add(Task.Run(() => PublishAsync(ends)));
        }

        for (var i = 0; i < ConsumersPerRound; i++)
        {
            _ofRound.Add(Task.Run(() => ConsumeAsync(returns: true, ends)));
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
        var consuming = Task.Run(() => ConsumeAsync(returns: false, drained.Token));
        await using var connection = await Connection.OpenAsync(address, Options, patience.Token);
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

    private async Task PublishAsync(CancellationToken ends)
    {
        var publisher = Interlocked.Increment(ref _publishers);
        var random = new Random(seed + publisher);
        var inFlight = new Queue<(MessageName Message, Task Confirm)>();
        try
        {
            await using var connection = await Connection.OpenAsync(address, Options, ends);
            for (var number = 1L; !ends.IsCancellationRequested; number++)
            {
                var message = new MessageName(publisher, number);
                inFlight.Enqueue((message, connection.PublishAsync(message.ToString(), queue: Queue, cancellationToken: ends)));
                if (inFlight.Count >= Window)
                {
                    await RecordAsync(inFlight.Dequeue());
                }

                if (random.Next(16) == 0)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(random.Next(1, 8)), TimeProvider.System, ends);
                }
            }
        }
        catch (Exception failure) when (IsEndOrOutage(failure, ends))
        {
            // The silo died under it, or its round is over: what is in flight is recorded below.
        }

        while (inFlight.TryDequeue(out var publish))
        {
            await RecordAsync(publish);
        }
    }

    private async Task RecordAsync((MessageName Message, Task Confirm) publish)
    {
        await publish.Confirm.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        history.Publish(publish.Message, publish.Confirm.IsCompletedSuccessfully ? PublishFate.Confirmed : PublishFate.Unknown);
    }

    private async Task ConsumeAsync(bool returns, CancellationToken ends)
    {
        var session = Interlocked.Increment(ref _sessions);
        var random = new Random(seed - session);
        try
        {
            await using var connection = await Connection.OpenAsync(address, Options, ends);
            await foreach (var delivery in connection.ReadAllAsync(Queue, prefetch: random.Next(1, 100), cancellationToken: ends))
            {
                var isReturned = returns && random.Next(10) == 0;
                var fate = isReturned ? SettleFate.Returned : SettleFate.Acked;
                history.Deliver(new DeliveryRecord(Volatile.Read(ref _round), session, MessageName.Parse(delivery.Text), delivery.Redelivered, fate));
                await (isReturned ? delivery.NackAsync(requeue: true) : delivery.AckAsync());
            }
        }
        catch (Exception failure) when (IsEndOrOutage(failure, ends))
        {
            // What it had and did not settle is redelivered.
        }
    }

    private static bool IsEndOrOutage(Exception failure, CancellationToken ends) =>
        ends.IsCancellationRequested || failure is BrokerUnreachableException;
}
