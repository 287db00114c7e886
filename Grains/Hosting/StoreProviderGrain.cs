using Microsoft.Extensions.Options;
using Orleans.Placement;

namespace OrleansBroker.Grains.Hosting;

/// <summary>Answers for the silo that it is placed on, which its caller names as the placement hint.</summary>
[RandomPlacement]
[GrainType("orleansbroker.store-provider")]
internal sealed class StoreProviderGrain(IOptions<StoreOptions> options) : Grain, IStoreProviderGrain
{
    public Task<string> GetProviderAsync(CancellationToken cancellationToken)
    {
        DeactivateOnIdle();
        return Task.FromResult(options.Value.Provider.ToString());
    }
}
