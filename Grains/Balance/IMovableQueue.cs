namespace OrleansBroker.Grains.Balance;

/// <summary>A queue that can be told to stand elsewhere. Its key is the queue's.</summary>
[Alias("orleansbroker.IMovableQueue")]
internal interface IMovableQueue : IGrainWithStringKey
{
    /// <summary>
    /// Has an open queue move, when nobody holds anything of it. False where it is not open, or its consumers did not settle in time: then it
    /// goes on as if nothing had been.
    /// </summary>
    [Alias("Move")]
    Task<bool> MoveAsync(SiloAddress silo);

    /// <summary>The silo that it is open on. After a move: answered when it is open again.</summary>
    [Alias("Locate")]
    Task<SiloAddress> LocateAsync();
}
