namespace OrleansBroker.Grains.Hosting;

/// <summary>Tells which store a silo runs on. The key is the silo's address.</summary>
[Alias("orleansbroker.IStoreProviderGrain")]
internal interface IStoreProviderGrain : IGrainWithStringKey
{
    /// <summary>The name of the silo's <see cref="StoreProvider"/>.</summary>
    [Alias("GetProvider"), ResponseTimeout("00:00:05")]
    Task<string> GetProviderAsync(CancellationToken cancellationToken);
}
