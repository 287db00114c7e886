using Orleans.Runtime.Placement;
using OrleansBroker.Grains.Balance;

namespace OrleansBroker.Grains.Queues;

// A queue goes to another silo: it comes to rest here, is let go of as at any end, and opens there. Orleans keeps the calls that come in
// between, and passes them on.
internal sealed partial class QueueGrain : IMovableQueue, IGrainMigrationParticipant
{
    private bool _hasMoved;

    public async Task<bool> MoveAsync(SiloAddress silo)
    {
        if (_live is not { } live || _deleting is not null || !await live.ComeToRestAsync(context.Balance.Value.SettlePatience))
        {
            return false;
        }

        // Calls that come from here on wait, and are passed on to the queue where it goes.
        RequestContext.Set(IPlacementDirector.PlacementHintKey, silo);
        MigrateOnIdle();
        RequestContext.Remove(IPlacementDirector.PlacementHintKey);
        return true;
    }

    public async Task<SiloAddress> LocateAsync()
    {
        await OpenAsync();
        return context.Self.SiloAddress;
    }

    public void OnDehydrate(IDehydrationContext dehydrationContext)
    {
        // All of it goes by the store, under whose epoch the next owner stands.
    }

    public void OnRehydrate(IRehydrationContext rehydrationContext) => _hasMoved = true;

    private void Resume()
    {
        if (_hasMoved)
        {
            // What is due in it, and grains that subscribed, wait for no call.
            OpenAsync().AsTask().Ignore();
        }
    }
}
