namespace OrleansBroker.Storage;

/// <summary>
/// Ends the process when the store can no longer tell what is on the disk. After a failed write or sync the page cache may claim
/// what the disk does not hold: only reading it anew tells.
/// </summary>
public interface IFailStop
{
    /// <summary>Does not return, except in a test.</summary>
    void Stop(string reason, Exception cause);
}

/// <summary>Ends the process at once, without the finally blocks that could still answer somebody.</summary>
internal sealed class ProcessFailStop : IFailStop
{
    public void Stop(string reason, Exception cause) => Environment.FailFast(reason, cause);
}
