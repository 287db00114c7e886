using Orleans.Concurrency;
using OrleansBroker.Grains.Interfaces.Messages;

namespace OrleansBroker.Benchmarks.Limits;

/// <summary>What batches cost with no broker between: one grain call in, one observer call out, nothing kept, routed, bounded or counted.</summary>
[Alias("orleansbroker.benchmarks.IBareRelay")]
internal interface IBareRelay : IGrainWithIntegerKey
{
    [Alias("Attach")]
    Task AttachAsync(IBareObserver observer);

    [Alias("Send")]
    Task SendAsync(MessageBatch batch);
}

/// <summary>Who gets what <see cref="IBareRelay"/> passes on.</summary>
[Alias("orleansbroker.benchmarks.IBareObserver")]
internal interface IBareObserver : IGrainObserver
{
    [Alias("Receive")]
    Task ReceiveAsync(MessageBatch batch);
}

/// <inheritdoc/>
[Reentrant]
internal sealed class BareRelay : Grain, IBareRelay
{
    private IBareObserver? _observer;

    public Task AttachAsync(IBareObserver observer)
    {
        _observer = observer;
        return Task.CompletedTask;
    }

    public Task SendAsync(MessageBatch batch) => _observer!.ReceiveAsync(batch);
}

/// <summary>Counts, and looks at every message as a consumer would.</summary>
internal sealed class BareObserver : IBareObserver
{
    private long _received;
    private long _octets;

    public long Received => Volatile.Read(ref _received);

    public long Octets => Volatile.Read(ref _octets);

    public Task ReceiveAsync(MessageBatch batch)
    {
        foreach (var message in batch.Messages.Span)
        {
            _octets += message.Body.Length;
        }

        Volatile.Write(ref _received, _received + batch.Count);
        return Task.CompletedTask;
    }
}
