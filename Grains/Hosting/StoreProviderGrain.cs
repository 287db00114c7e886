using Microsoft.Extensions.Options;
using Orleans.GrainDirectory;
using Orleans.Placement;

namespace OrleansBroker.Grains.Hosting;

/// <summary>Answers for the silo that it is placed on, which its caller names as the placement hint.</summary>
[RandomPlacement]
[GrainType("orleansbroker.store-provider"), GrainDirectory(BrokerDirectory.Name)]
internal sealed class StoreProviderGrain(IOptions<StoreOptions> options) : Grain, IStoreProviderGrain
{
    public Task<string> GetProviderAsync(CancellationToken cancellationToken)
    {
        DeactivateOnIdle();
        return Task.FromResult(options.Value.Provider.ToString());
    }
}
