using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using Orleans.GrainDirectory;
using Orleans.Placement;
using OrleansBroker.Grains.Hosting;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Publishing;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Sessions;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Sessions;

/// <summary>
/// A native connection, on the silo that its client is connected to. Reentrant, so that settlements and renewals do not wait behind
/// a publish that waits for its commit; nothing here depends on state across an await but what is said there.
/// </summary>
[Reentrant, PreferLocalPlacement, Immovable]
[GrainType("orleansbroker.session"), GrainDirectory(BrokerDirectory.Name)]
internal sealed partial class SessionGrain(
    ITopology topology,
    IPublisher publisher,
    IAccessControl access,
    IConnectionTally tally,
    ILoginAttempts attempts,
    IGrainFactory grains,
    Orleans.Runtime.ILocalSiloDetails silo,
    IOptions<SessionOptions> options,
    TimeProvider time,
    ILogger<SessionGrain> logger) : Grain, ISessionGrain
{
    private readonly SessionQueues _queues = new(options.Value.MaxQueues);
    private readonly long _boot = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long)));
    private SessionAccess? _access;
    private SessionPublishing? _publishing;
    private IGrainTimer? _timer;
    private IDisposable? _place;
    private long _lastSign;

    /// <summary>The external client that opened it; the default id for code inside the silo; null while it is not open.</summary>
    internal GrainId? Client { get; private set; }

    private Guid Id => this.GetPrimaryKey();

    private string VirtualHost => Access.VirtualHost;

    /// <summary>The login; asking for it is what tells a lost session, and a sign of life.</summary>
    private SessionAccess Access
    {
        get
        {
            if (_access is null)
            {
                // Nothing keeps a session that nobody opened; the caller opens it again, maybe on a nearer silo.
                throw new SessionLostException();
            }

            _lastSign = time.GetTimestamp();
            return _access;
        }
    }

    public async Task<SessionInfo> OpenAsync(SessionRequest request)
    {
        var external = RequestContext.Get(SessionCallFilter.ExternalCaller) as GrainId?;
        RequestContext.Remove(SessionCallFilter.ExternalCaller);
        var login = await SessionAccess.OpenAsync(access, attempts, topology, request, trusted: external is null && request.Password is null);
        if (_access is { } earlier && (earlier.User != login.User || earlier.VirtualHost != login.VirtualHost))
        {
            throw new BrokerException(ReplyCode.NotAllowed, "the session is open for another user or virtual host");
        }

        if (_place is null && !login.IsTrusted)
        {
            var place = await tally.ConnectAsync(login.User, login.VirtualHost, CancellationToken.None);
            GiveUpPlace();
            _place = place;
        }

        _access ??= login;
        _publishing ??= new SessionPublishing(publisher, topology, _access, options.Value.MaxMessageBytes);
        Client ??= external ?? default(GrainId);
        _lastSign = time.GetTimestamp();
        _timer ??= this.RegisterGrainTimer(CheckLeaseAsync, new GrainTimerCreationOptions(options.Value.Lease / 3, options.Value.Lease / 3)
        {
            Interleave = true,
        });
        LogOpened(logger, Id, login.User, login.VirtualHost, request.ClientName);
        return new SessionInfo { Boot = _boot, Lease = options.Value.Lease };
    }

    public Task KeepAliveAsync()
    {
        _ = Access;
        return Task.CompletedTask;
    }

    public async Task CloseAsync()
    {
        if (_access is null)
        {
            return;
        }

        _access = null;
        GiveUpPlace();
        _timer?.Dispose();
        await CleanUpAsync();
        DeactivateOnIdle();
    }

    public Task<PublishResult> PublishAsync(PublishRequest request)
    {
        _ = Access;
        return request.Boot == _boot ? _publishing!.PublishAsync(request) : throw new SessionLostException();
    }

    /// <inheritdoc/>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        GiveUpPlace();
        if (_access is null)
        {
            return;
        }

        // The client opens it again, here or elsewhere, under the same host id: its consumers stay attached. Its exclusive queues end
        // with this activation, or with the silo that they name as their owner's.
        LogMoved(logger, Id);
        _access = null;
        if (reason.ReasonCode != DeactivationReasonCode.ShuttingDown)
        {
            await DeleteExclusiveAsync();
        }
    }

    private void GiveUpPlace()
    {
        _place?.Dispose();
        _place = null;
    }

    private async Task CheckLeaseAsync(CancellationToken cancellationToken)
    {
        if (_access is { } current && !await current.MayStayAsync())
        {
            LogExpelled(logger, Id, current.User, current.VirtualHost);
            await CloseAsync();
        }
        else if (_access is not null && time.GetElapsedTime(_lastSign) > options.Value.Lease)
        {
            LogLapsed(logger, Id);
            await CloseAsync();
        }
    }

    private async Task CleanUpAsync()
    {
        foreach (var (queue, consumer) in _queues.TakeConsumers())
        {
            await TryAsync(queue, q => q.DetachAsync(new DetachRequest { Id = new ConsumerId(Id, consumer), Requeue = true }));
        }

        await DeleteExclusiveAsync();
    }

    private async Task DeleteExclusiveAsync()
    {
        foreach (var queue in _queues.TakeExclusive())
        {
            await TryAsync(queue, _ => topology.DeleteQueueAsync(queue, new DeleteQueueOptions { Connection = Id }, CancellationToken.None));
        }
    }

    /// <summary>One queue's failure must not keep the others from being cleaned up; leases and the owner's silo end what is left.</summary>
    private async Task TryAsync(QueueId queue, Func<IQueueGrain, Task> action)
    {
        try
        {
            await action(QueueOf(queue));
        }
        catch (Exception e)
        {
            LogCleanUpFailed(logger, e, Id, queue);
        }
    }

    private IQueueGrain QueueOf(QueueId queue) => grains.GetGrain<IQueueGrain>(queue.ToGrainKey());

    [LoggerMessage(2401, LogLevel.Information, "Session {Session} of user {User} on virtual host {VirtualHost} opened: {ClientName}")]
    private static partial void LogOpened(ILogger logger, Guid session, string user, string virtualHost, string clientName);

    [LoggerMessage(2405, LogLevel.Information, "Session {Session} closes: user {User} may not be in virtual host {VirtualHost} any more")]
    private static partial void LogExpelled(ILogger logger, Guid session, string user, string virtualHost);

    [LoggerMessage(2402, LogLevel.Information, "Session {Session} heard nothing of its client for its lease and closes")]
    private static partial void LogLapsed(ILogger logger, Guid session);

    [LoggerMessage(2403, LogLevel.Debug, "Session {Session} is deactivated; its client opens it again")]
    private static partial void LogMoved(ILogger logger, Guid session);

    [LoggerMessage(2404, LogLevel.Warning, "Session {Session} could not clean up {Queue}")]
    private static partial void LogCleanUpFailed(ILogger logger, Exception exception, Guid session, QueueId queue);
}
