namespace OrleansBroker.Grains.Interfaces.Topology;

/// <summary>What a silo's start waits for: run when virtual hosts and the first user have been made, before listeners open.</summary>
public interface IStartTask
{
    /// <summary>Completes when it is done; a failure ends the start.</summary>
    Task RunAsync(CancellationToken cancellationToken);
}
