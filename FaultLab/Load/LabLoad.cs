using OrleansBroker.FaultLab.History;
using OrleansBroker.FaultLab.Load.Clients;
using OrleansBroker.FaultLab.Load.Consuming;
using OrleansBroker.FaultLab.Load.Publishing;
using OrleansBroker.FaultLab.Load.Topology;

namespace OrleansBroker.FaultLab.Load;

/// <summary>
/// Publishers and consumers of a cluster, over AMQP and by the native client. They go on through every fault, and write what they do and
/// see into the history.
/// </summary>
public sealed class LabLoad : IAsyncDisposable
{
    private static readonly TimeSpan DeclarePause = TimeSpan.FromMilliseconds(500);

    private readonly LoadScope _scope;
    private readonly QueueDrain _drain;
    private readonly CancellationTokenSource _publishingEnds = new();
    private readonly CancellationTokenSource _consumingEnds = new();
    private readonly List<Task> _publishing = [];
    private readonly List<Task> _consuming = [];
    private int _clients;

    private LabLoad(LoadScope scope)
    {
        _scope = scope;
        _drain = new QueueDrain(scope);
    }

    /// <summary>Why sessions of clients ended, other than by their own will, with how often.</summary>
    public IReadOnlyDictionary<string, int> Endings => _scope.Endings;

    /// <summary>Declares queues and exchanges, and starts all clients.</summary>
    /// <exception cref="TimeoutException">The broker could not be reached in good time.</exception>
    public static async Task<LabLoad> StartAsync(LoadPlan plan, HistoryLog history, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(history);
        LoadPlanRules.Check(plan);
        var scope = new LoadScope(plan, new LabTopology(plan.Queues, plan.LateQueues, plan.WithTransient), history);
        await DeclareAsync(scope, cancellationToken);
        var load = new LabLoad(scope);
        load.Start();
        return load;
    }

    /// <summary>Ends the publishers, once their publishes have outcomes. Those that get none in good time are left to the judge.</summary>
    public async Task StopPublishingAsync()
    {
        await _publishingEnds.CancelAsync();
        await Task.WhenAll(_publishing);
    }

    /// <summary>
    /// Empties all queues: by their consumers, which only ack from now on, then by a last consumer of each. Says so in the history, or
    /// what is stuck: what does not move for the plan's patience, or is there still at the limit. Then no counter may tell of messages.
    /// </summary>
    public async Task<DrainResult> DrainAsync(TimeSpan limit)
    {
        _scope.Calm();
        foreach (var queue in _scope.Topology.Late)
        {
            Consume(new AmqpConsumer(_scope, ++_clients, queue));
        }

        var stuck = await _drain.WaitAsync(limit, "with its consumers");
        await _consumingEnds.CancelAsync();
        await Task.WhenAll(_consuming);
        stuck ??= await _drain.FinishAsync(limit) ?? await FindWrongCountersAsync();
        _scope.History.Add(new HistoryEvent { Kind = stuck is null ? HistoryKind.Drained : HistoryKind.NotDrained, Text = stuck });
        return new DrainResult(stuck);
    }

    /// <summary>Ends all clients.</summary>
    public async ValueTask DisposeAsync()
    {
        await _publishingEnds.CancelAsync();
        await _consumingEnds.CancelAsync();
        await Task.WhenAll([.. _publishing, .. _consuming]);
        _publishingEnds.Dispose();
        _consumingEnds.Dispose();
    }

    private static async Task DeclareAsync(LoadScope scope, CancellationToken cancellationToken)
    {
        var (plan, start) = (scope.Plan, scope.Plan.Time.GetTimestamp());
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await using var link = await AmqpLink.OpenAsync(plan.Silos[attempt % plan.Silos.Count], plan, "lab-declares", cancellationToken);
                await using var channel = await link.Connection.CreateChannelAsync(null, cancellationToken);
                await scope.Topology.DeclareAsync(channel, cancellationToken);
                await link.CloseAsync();
                return;
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                if (plan.Time.GetElapsedTime(start) > plan.Patience)
                {
                    throw new TimeoutException($"The load could not declare its queues within {plan.Patience.TotalSeconds:0} s: {failure.Message}", failure);
                }
            }

            await Task.Delay(DeclarePause, plan.Time, cancellationToken);
        }
    }

    private async Task<string?> FindWrongCountersAsync()
    {
        using var counters = new QueueCounters(_scope.Plan, _scope.Topology);
        return await counters.FindWrongAsync();
    }

    private void Start()
    {
        var plan = _scope.Plan;
        for (var i = 0; i < plan.Publishers; i++)
        {
            // Numbers begin with 1, as a message of publisher 0 is none.
            LoadClient publisher = IsNative(i, plan.NativeShare) ? new NativePublisher(_scope, ++_clients) : new AmqpPublisher(_scope, ++_clients);
            _publishing.Add(Task.Run(() => publisher.RunAsync(_publishingEnds.Token)));
        }

        var queues = _scope.Topology.Consumed;
        for (var i = 0; i < plan.Consumers; i++)
        {
            var queue = queues[i % queues.Count];
            Consume(i == plan.Consumers - 1 && plan.Consumers > queues.Count ? new AmqpGetter(_scope, ++_clients)
                : IsNative(i, plan.NativeShare) ? new NativeConsumer(_scope, ++_clients, queue)
                : new AmqpConsumer(_scope, ++_clients, queue));
        }

        StartSlowConsumers();
    }

    // Beside others, which keep the queue short.
    private void StartSlowConsumers()
    {
        foreach (var queue in _scope.Topology.Durable)
        {
            Consume(new AmqpConsumer(_scope, ++_clients, queue, isSlow: true));
        }
    }

    private void Consume(LoadClient consumer) => _consuming.Add(Task.Run(() => consumer.RunAsync(_consumingEnds.Token)));

    // Spread evenly over the clients.
    private static bool IsNative(int index, double share) => Math.Floor((index + 1) * share) > Math.Floor(index * share);
}
