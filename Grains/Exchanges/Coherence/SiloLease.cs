using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Topology;
using OrleansBroker.Grains.Topology.Rows;

namespace OrleansBroker.Grains.Exchanges.Coherence;

/// <summary>
/// The lease under which this silo routes and its queues deliver, a row that it renews every second. The protocol, which relies on no
/// two clocks agreeing:
/// <list type="bullet">
/// <item>The silo may route for the lease's duration counted from before a renewal was sent, by its own clock.</item>
/// <item>A renewal is conditional on the row as this silo wrote it last.</item>
/// <item>Whoever changes an exchange reads the lease rows after its commit and tells each silo. From one that does not answer it takes
/// the lease away by writing its row, and answers when the duration has passed since, by its own clock.</item>
/// <item>So a renewal that was sent before the row was taken has run out by then, and none that is sent later succeeds: the silo finds
/// its row changed, drops all tables and begins anew.</item>
/// <item>A silo whose lease has lapsed asks the table of members before it goes on: one that hung, and was declared dead meanwhile, ends
/// there. Its queues have other owners, and what it delivered would come a second time, without a mark.</item>
/// <item>A silo whose row was not there to be read begins its lease after the change, and loads its tables after that.</item>
/// </list>
/// </summary>
internal sealed partial class SiloLease : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private readonly SemaphoreSlim _gate = new(1);
    private readonly CancellationTokenSource _stopped = new();
    private readonly ITopologyStore _store;
    private readonly RoutingTableCache _cache;
    private readonly ISiloStatusOracle _silos;
    private readonly IMembershipTable? _members;
    private readonly SiloAddress _self;
    private readonly TopologyOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<SiloLease> _logger;
    private readonly string _key;
    private Task _loop = Task.CompletedTask;

    /// <summary>The version of the row that this silo wrote last; 0: none, or none that it can be sure of.</summary>
    private long _version;

    public SiloLease(
        ITopologyStore store,
        RoutingTableCache cache,
        ILocalSiloDetails silo,
        ISiloStatusOracle silos,
        IOptions<TopologyOptions> options,
        TimeProvider time,
        ILogger<SiloLease> logger,
        IMembershipTable? members = null)
    {
        _store = store;
        _cache = cache;
        _silos = silos;
        _members = members;
        _self = silo.SiloAddress;
        _options = options.Value;
        _time = time;
        _logger = logger;
        _key = TopologyKeys.Lease(silo.SiloAddress.ToParsableString());
        if (_options.SingleSilo)
        {
            cache.StartOver(long.MaxValue);
        }
    }

    /// <summary>Whether the lease holds.</summary>
    public bool IsHeld => _cache.IsCurrent;

    /// <summary>Completes when the lease holds.</summary>
    public ValueTask EnsureAsync(CancellationToken cancellationToken) =>
        _cache.IsCurrent ? ValueTask.CompletedTask : new ValueTask(AcquireAsync(cancellationToken));

    public void Participate(ISiloLifecycle observer)
    {
        if (!_options.SingleSilo)
        {
            observer.Subscribe(nameof(SiloLease), ServiceLifecycleStage.Active, StartAsync, static _ => Task.CompletedTask);

            // Grains of this silo publish until they are deactivated (dead letters), which is before this stage stops.
            observer.Subscribe(nameof(SiloLease), ServiceLifecycleStage.ApplicationServices, static _ => Task.CompletedTask, StopAsync);
        }
    }

    public void Dispose()
    {
        _stopped.Dispose();
        _gate.Dispose();
    }

    private async Task AcquireAsync(CancellationToken cancellationToken)
    {
        while (!_cache.IsCurrent)
        {
            await RenewAsync(onlyIfLapsed: true, cancellationToken);
            if (!_cache.IsCurrent)
            {
                await Task.Delay(_options.RetryPause, _time, cancellationToken);
            }
        }
    }

    private Task StartAsync(CancellationToken cancellationToken)
    {
        _loop = Task.Run(RunAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(_options.LeaseRenewal, _time);
        try
        {
            do
            {
                await RenewAsync(onlyIfLapsed: false, _stopped.Token);
            }
            while (await timer.WaitForNextTickAsync(_stopped.Token));
        }
        catch (OperationCanceledException) when (_stopped.IsCancellationRequested)
        {
            LogEnded(_logger);
        }
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopped.CancelAsync();
        await _loop;
        _cache.End();
        if (_version == 0 || _silos.GetApproximateSiloStatuses(onlyActive: true).Count == 0)
        {
            // The last silo of a cluster: nobody binds any more, and a memory store is gone already.
            return;
        }

        try
        {
            // Not needed, but it spares the next bind the time to find out.
            using var timeout = new CancellationTokenSource(_options.LeaseRenewal, _time);
            await _store.CommitAsync([new(_key, null) { ExpectedVersion = _version }], timeout.Token).WaitAsync(timeout.Token);
        }
        catch (Exception e)
        {
            LogNotReturned(_logger, e);
        }
    }

    private async Task RenewAsync(bool onlyIfLapsed, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_stopped.IsCancellationRequested || (onlyIfLapsed && _cache.IsCurrent))
            {
                return;
            }

            using var timeout = new CancellationTokenSource(_options.LeaseDuration, _time);
            if (!_cache.IsCurrent)
            {
                await ConfirmMembershipAsync(timeout.Token);
            }

            if (_version == 0 || !await TryExtendAsync(timeout.Token))
            {
                await BeginAnewAsync(timeout.Token);
            }
        }
        catch (Exception e)
        {
            // Whether the row was written is unknown, so is its version.
            _version = 0;
            LogNotRenewed(_logger, e);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Reads what the table of members says of this silo. Orleans, which reads it as well, takes two seconds to end one that is dead.</summary>
    private async Task ConfirmMembershipAsync(CancellationToken cancellationToken)
    {
        if (_members is not null
            && (await _members.ReadRowAsync(_self, cancellationToken).WaitAsync(cancellationToken)).Members is [({ Status: SiloStatus.Dead }, _)])
        {
            throw new OrleansException("This silo was declared dead.");
        }
    }

    private async Task<bool> TryExtendAsync(CancellationToken cancellationToken)
    {
        var validUntil = ValidUntil();
        if (!await WriteAsync(_version, cancellationToken))
        {
            _version = 0;
            LogTaken(_logger);
            return false;
        }

        _version++;
        _cache.Extend(validUntil);
        return true;
    }

    private async Task BeginAnewAsync(CancellationToken cancellationToken)
    {
        var row = await _store.GetAsync(_key, cancellationToken).AsTask().WaitAsync(cancellationToken);
        var version = row?.Version ?? 0;
        var validUntil = ValidUntil();
        if (await WriteAsync(version, cancellationToken))
        {
            _version = version + 1;
            _cache.StartOver(validUntil);
        }
    }

    private Task<bool> WriteAsync(long expected, CancellationToken cancellationToken) =>
        _store.CommitAsync(
            [new(_key, LeaseRow.Live(_options.LeaseDuration).Encode()) { ExpectedVersion = expected }], cancellationToken).WaitAsync(cancellationToken);

    // A fiftieth less than others wait: clocks do not run equally fast.
    private long ValidUntil() =>
        _time.GetTimestamp() + (long)(_options.LeaseDuration.TotalSeconds * 0.98 * _time.TimestampFrequency);

    [LoggerMessage(2301, LogLevel.Warning, "The lease of the routing tables could not be renewed")]
    private static partial void LogNotRenewed(ILogger logger, Exception exception);

    [LoggerMessage(2302, LogLevel.Warning, "The lease of the routing tables was taken away: another silo could not reach this one. All tables are fetched again")]
    private static partial void LogTaken(ILogger logger);

    [LoggerMessage(2303, LogLevel.Debug, "The lease of the routing tables could not be returned")]
    private static partial void LogNotReturned(ILogger logger, Exception exception);

    [LoggerMessage(2304, LogLevel.Debug, "The lease of the routing tables is renewed no more")]
    private static partial void LogEnded(ILogger logger);
}
