using Microsoft.Extensions.Options;
using Orleans.GrainDirectory;
using OrleansBroker.Grains.Hosting;

namespace OrleansBroker.Grains.Topology.Sweeping;

/// <inheritdoc cref="ISweepGrain"/>
[GrainType("orleansbroker.sweep"), GrainDirectory(BrokerDirectory.Name)]
internal sealed class SweepGrain(Sweep sweep, IOptions<TopologyOptions> options, TimeProvider time) : Grain, ISweepGrain
{
    private bool _started;
    private long _lastSweep;

    public async Task StartAsync()
    {
        if (!_started)
        {
            await sweep.StartAsync(CancellationToken.None);
            _started = true;
        }
    }

    public async Task SweepAsync()
    {
        // After the silo that swept died: the queues that it had awake for their subscribers have to be woken here.
        await StartAsync();
        if (_lastSweep != 0 && time.GetElapsedTime(_lastSweep) < options.Value.SweepInterval / 2)
        {
            return;
        }

        await sweep.RunAsync(CancellationToken.None);
        _lastSweep = time.GetTimestamp();
    }
}
