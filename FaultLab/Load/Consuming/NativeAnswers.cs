using System.Collections.Concurrent;
using OrleansBroker.ClientLib;

namespace OrleansBroker.FaultLab.Load.Consuming;

/// <summary>Settles deliveries of the native client, which have no tags: they get some.</summary>
internal sealed class NativeAnswers : IAnswers
{
    private readonly ConcurrentDictionary<ulong, Delivery> _deliveries = [];
    private ulong _last;

    /// <summary>A delivery came: its tag.</summary>
    public ulong Add(Delivery delivery)
    {
        _deliveries[++_last] = delivery;
        return _last;
    }

    /// <inheritdoc/>
    public async Task AckAsync(IReadOnlyList<ulong> tags)
    {
        foreach (var tag in tags)
        {
            if (_deliveries.TryRemove(tag, out var delivery))
            {
                await delivery.AckAsync();
            }
        }
    }

    /// <inheritdoc/>
    public async Task ReturnAsync(ulong tag, bool reject)
    {
        if (_deliveries.TryRemove(tag, out var delivery))
        {
            await (reject ? delivery.RejectAsync() : delivery.NackAsync());
        }
    }

    /// <inheritdoc/>
    public Task<bool> SyncAsync() => Task.FromResult(false);
}
