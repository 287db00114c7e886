using OrleansBroker.Grains.Exchanges.Coherence;

namespace OrleansBroker.Grains.Queues.Clocks;

/// <summary>
/// Whether a queue may speak to consumers: as long as its silo's lease holds. A silo that hung for longer may have been replaced, and its
/// consumers would get from it what the next owner has delivered already.
/// </summary>
internal sealed class DeliveryRight : IDisposable
{
    private readonly SiloLease _lease;
    private readonly CancellationTokenSource _ended = new();
    private readonly CancellationToken _ends;
    private Task _waiting = Task.CompletedTask;

    private DeliveryRight(SiloLease lease)
    {
        _lease = lease;
        _ends = _ended.Token;
    }

    /// <summary>A queue's, until it ends.</summary>
    public static DeliveryRight Under(SiloLease lease) => new(lease);

    /// <summary>Whether it holds; where it does not, <paramref name="regained"/> is called when it does again.</summary>
    public bool Holds(Action regained)
    {
        if (_lease.IsHeld)
        {
            return true;
        }

        if (_waiting.IsCompleted)
        {
            _waiting = WaitAsync(regained);
        }

        return false;
    }

    /// <summary>Completes when it holds.</summary>
    public ValueTask EnsureAsync() => _lease.EnsureAsync(_ends);

    /// <summary>The queue has ended: nobody waits any more.</summary>
    public void Dispose()
    {
        _ended.Cancel();
        _ended.Dispose();
    }

    private async Task WaitAsync(Action regained)
    {
        try
        {
            await _lease.EnsureAsync(_ends);
        }
        catch (OperationCanceledException) when (_ends.IsCancellationRequested)
        {
            return;
        }

        regained();
    }
}
