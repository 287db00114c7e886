namespace OrleansBroker.Grains.Topology.Sweeping;

/// <summary>The one that sweeps for the whole cluster; its key is 0. Should two activations sweep for a while, nothing breaks.</summary>
[Alias("orleansbroker.ISweepGrain")]
internal interface ISweepGrain : IGrainWithIntegerKey
{
    /// <summary>Does what a start of the cluster asks for, unless this activation has done so.</summary>
    [Alias("Start")]
    Task StartAsync();

    /// <summary>Does what is due. Every silo asks for it in every interval; only the first of them makes work.</summary>
    [Alias("Sweep")]
    Task SweepAsync();
}
