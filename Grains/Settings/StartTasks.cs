using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Settings;

/// <summary>Runs what other parts want done at the silo's start.</summary>
internal sealed class StartTasks(IServiceProvider services) : ILifecycleParticipant<ISiloLifecycle>
{
    public void Participate(ISiloLifecycle observer) => observer.Subscribe(nameof(StartTasks), ServiceLifecycleStage.Active + 1, RunAsync);

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach (var task in (IEnumerable<IStartTask>)services.GetService(typeof(IEnumerable<IStartTask>))!)
        {
            await task.RunAsync(cancellationToken);
        }
    }
}
