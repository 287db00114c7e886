using Microsoft.Extensions.Logging;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Sessions;

namespace OrleansBroker.ClientLib.Connections;

/// <summary>
/// The client's side of its session grain: opens it when it is first needed, again when it was lost, keeps it alive, and calls it with
/// patience for a broker that is away for a while.
/// </summary>
internal sealed partial class Session : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly ISessionGrain _grain;
    private readonly ConnectionOptions _options;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _gate = new();
    private Task<SessionInfo>? _opening;
    private Task? _keepingAlive;

    public Session(Cluster cluster, ConnectionOptions options, ILogger logger)
    {
        Id = Guid.NewGuid();
        _grain = cluster.Client.GetGrain<ISessionGrain>(Id);
        _options = options;
        _logger = logger;
        Closing = _closing.Token;
    }

    /// <summary>The connection's id, and that of the host of its consumers.</summary>
    public Guid Id { get; }

    /// <summary>The session grain itself.</summary>
    public ISessionGrain Grain => _grain;

    /// <summary>Cancelled when the connection closes.</summary>
    public CancellationToken Closing { get; }

    /// <summary>Whether a failure says nothing of the request itself: the broker, or the way to it, is away. Its outcome is unknown.</summary>
    public static bool IsTransient(Exception exception) =>
        exception is TimeoutException or OrleansException or SessionLostException;

    /// <summary>The pause after one, doubled up to two seconds.</summary>
    public static TimeSpan Next(TimeSpan pause) =>
        pause == TimeSpan.Zero ? FirstPause : pause * 2 < LongestPause ? pause * 2 : LongestPause;

    /// <summary>The open session; opens it where it is not.</summary>
    public Task<SessionInfo> OpenAsync()
    {
        lock (_gate)
        {
            return _opening is { IsFaulted: false, IsCanceled: false } opening ? opening : _opening = OpenNowAsync();
        }
    }

    /// <summary>Calls the session, again and again while the broker is away, for the request timeout at most. Only for what may be repeated.</summary>
    /// <exception cref="BrokerUnreachableException">The broker stayed away.</exception>
    public async Task<T> CallAsync<T>(Func<ISessionGrain, Task<T>> call, CancellationToken cancellationToken)
    {
        var start = _options.TimeProvider.GetTimestamp();
        var pause = TimeSpan.Zero;
        while (true)
        {
            try
            {
                return await CallOnceAsync(call).WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (IsTransient(e))
            {
                var elapsed = _options.TimeProvider.GetElapsedTime(start);
                if (elapsed > _options.RequestTimeout)
                {
                    throw new BrokerUnreachableException($"The broker did not answer within {elapsed.TotalSeconds:0} s: {e.Message}", e);
                }

                LogRetry(_logger, e, Id);
            }

            pause = Next(pause);
            await PauseAsync(pause, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The open session; opens it where it is not, again and again while the broker is away.</summary>
    /// <exception cref="BrokerUnreachableException">The broker stayed away.</exception>
    public Task<SessionInfo> OpenPatientlyAsync() => CallAsync(_ => OpenAsync(), CancellationToken.None);

    /// <summary>Calls the session once. A session that is lost is opened first: it did nothing of the request.</summary>
    public async Task<T> CallOnceAsync<T>(Func<ISessionGrain, Task<T>> call)
    {
        var info = await OpenAsync().ConfigureAwait(false);
        try
        {
            return await call(_grain).ConfigureAwait(false);
        }
        catch (SessionLostException)
        {
            Forget(info);
            await OpenAsync().ConfigureAwait(false);
            return await call(_grain).ConfigureAwait(false);
        }
    }

    /// <summary>Waits, unless the connection closes.</summary>
    public async Task PauseAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, Closing);
        await Task.Delay(pause, _options.TimeProvider, either.Token).ConfigureAwait(false);
    }

    /// <summary>Stops what waits for the broker.</summary>
    public Task StopAsync() => _closing.CancelAsync();

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        if (_keepingAlive is { } loop)
        {
            await loop.ConfigureAwait(false);
        }

        if (_opening is { IsCompletedSuccessfully: true })
        {
            try
            {
                await _grain.CloseAsync().ConfigureAwait(false);
            }
            catch (Exception e) when (IsTransient(e))
            {
                // The session ends with its lease.
                LogNotClosed(_logger, e, Id);
            }
        }

        _closing.Dispose();
    }

    /// <summary>Notes that the session was lost: the next call opens it again, once for all who found it lost.</summary>
    public void Forget(SessionInfo lost)
    {
        lock (_gate)
        {
            if (_opening is { IsCompletedSuccessfully: true } current && ReferenceEquals(current.Result, lost))
            {
                LogLost(_logger, Id);
                _opening = null;
            }
        }
    }

    private async Task<SessionInfo> OpenNowAsync()
    {
        var info = await _grain.OpenAsync(new SessionRequest
        {
            User = _options.User,
            Password = _options.Password,
            VirtualHost = _options.VirtualHost,
            ClientName = _options.ClientName,
        }).ConfigureAwait(false);
        lock (_gate)
        {
            _keepingAlive ??= Detached.Run(() => KeepAliveAsync(info.Lease / 3));
        }

        return info;
    }

    private async Task KeepAliveAsync(TimeSpan interval)
    {
        using var timer = new PeriodicTimer(interval, _options.TimeProvider);
        try
        {
            while (await timer.WaitForNextTickAsync(Closing).ConfigureAwait(false))
            {
                try
                {
                    await CallOnceAsync(static async grain =>
                    {
                        await grain.KeepAliveAsync().ConfigureAwait(false);
                        return true;
                    }).ConfigureAwait(false);
                }
                catch (Exception e) when (IsTransient(e) || e is BrokerException)
                {
                    // The next tick tries again; what the application does meanwhile fails by itself.
                    LogRetry(_logger, e, Id);
                }
            }
        }
        catch (OperationCanceledException) when (Closing.IsCancellationRequested)
        {
            // The connection closes.
        }
    }

    [LoggerMessage(4001, LogLevel.Debug, "Session {Session}: the broker did not answer; trying again")]
    private static partial void LogRetry(ILogger logger, Exception exception, Guid session);

    [LoggerMessage(4002, LogLevel.Information, "Session {Session} was lost; opening it again")]
    private static partial void LogLost(ILogger logger, Guid session);

    [LoggerMessage(4003, LogLevel.Debug, "Session {Session} could not be closed; its lease ends it")]
    private static partial void LogNotClosed(ILogger logger, Exception exception, Guid session);
}
