using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace OrleansBroker.Grains.Topology.Sweeping;

/// <summary>
/// Keeps the cluster's sweep going from this silo. The silo's start waits for the first one: then the virtual host "/" exists and those
/// that are configured, and nothing is left that should not have outlived the last boot.
/// </summary>
internal sealed partial class QueueSweep(
    IGrainFactory grains, VirtualHosts virtualHosts, IOptions<TopologyOptions> options, TimeProvider time, ILogger<QueueSweep> logger)
    : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stopped = new();
    private Task _loop = Task.CompletedTask;

    /// <summary>Completes after the first sweep.</summary>
    public Task Started => _started.Task;

    private ISweepGrain Grain => grains.GetGrain<ISweepGrain>(0);

    public void Participate(ISiloLifecycle observer) =>
        observer.Subscribe(nameof(QueueSweep), ServiceLifecycleStage.Active, StartAsync, StopAsync);

    public void Dispose() => _stopped.Dispose();

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await Grain.StartAsync().WaitAsync(cancellationToken);
                foreach (var name in options.Value.ConfiguredVirtualHosts)
                {
                    await virtualHosts.CreateAsync(name, cancellationToken);
                }

                break;
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                LogFailed(logger, e);
                await Task.Delay(options.Value.RetryPause, time, cancellationToken);
            }
        }

        _started.SetResult();
        _loop = Task.Run(RunAsync, CancellationToken.None);
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopped.CancelAsync();
        await _loop;
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(options.Value.SweepInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopped.Token))
            {
                await SweepAsync();
            }
        }
        catch (OperationCanceledException) when (_stopped.IsCancellationRequested)
        {
            LogEnded(logger);
        }
    }

    private async Task SweepAsync()
    {
        try
        {
            await Grain.SweepAsync().WaitAsync(_stopped.Token);
        }
        catch (Exception e) when (!_stopped.IsCancellationRequested)
        {
            LogFailed(logger, e);
        }
    }

    [LoggerMessage(2332, LogLevel.Warning, "A sweep failed, it is tried again")]
    private static partial void LogFailed(ILogger logger, Exception exception);

    [LoggerMessage(2333, LogLevel.Debug, "This silo asks for no more sweeps")]
    private static partial void LogEnded(ILogger logger);
}
