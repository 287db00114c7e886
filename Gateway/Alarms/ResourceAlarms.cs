using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OrleansBroker.Grains.Interfaces.Activity;

namespace OrleansBroker.Gateway.Alarms;

/// <summary>Looks every second at the memory and the disk, and raises an alarm before one of them is used up.</summary>
internal sealed partial class ResourceAlarms(IOptions<GatewayOptions> options, TimeProvider time, ILogger<ResourceAlarms> logger)
    : BackgroundService, IAlarms
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private TaskCompletionSource? _cleared;
    private volatile string? _reason;

    public string? Reason => _reason;

    public Task ClearedAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return _reason is null
                ? Task.CompletedTask
                : (_cleared ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Raises, changes or clears the alarm.</summary>
    internal void Set(string? reason)
    {
        lock (_lock)
        {
            if (reason == _reason)
            {
                return;
            }

            _reason = reason;
            if (reason is null)
            {
                _cleared?.TrySetResult();
                _cleared = null;
            }
        }

        if (reason is null)
        {
            LogCleared(logger);
        }
        else
        {
            LogRaised(logger, reason);
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            Set(Look());
        }
    }

    /// <summary>Memory and disk, and whether they are what the alarm is for.</summary>
    public ResourceFigures Figures()
    {
        var reason = _reason;
        return new ResourceFigures
        {
            MemoryLimit = MemoryLimit ?? 0,
            MemoryAlarm = reason == LowMemory,
            DiskFree = options.Value.WatchedFolder is { } folder ? FreeOf(folder) : null,
            DiskFreeLimit = options.Value.DiskFreeLimit,
            DiskAlarm = reason == LowDisk,
        };
    }

    private const string LowMemory = "low on memory";
    private const string LowDisk = "low on disk";

    private long? MemoryLimit => options.Value.MemoryWatermark < 1
        ? (long)(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes * options.Value.MemoryWatermark)
        : null;

    private string? Look()
    {
        if (Environment.WorkingSet > MemoryLimit)
        {
            return LowMemory;
        }

        return options.Value is { DiskFreeLimit: > 0 and var limit, WatchedFolder: { } folder } && FreeOf(folder) < limit ? LowDisk : null;
    }

    private long FreeOf(string folder)
    {
        try
        {
            return new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // A disk that cannot be asked is no reason to hold publishers back: the store refuses what it cannot write.
            LogUnknown(logger, failure, folder);
            return long.MaxValue;
        }
    }

    [LoggerMessage(1301, LogLevel.Warning, "Publishers are blocked: {Reason}")]
    private static partial void LogRaised(ILogger logger, string reason);

    [LoggerMessage(1302, LogLevel.Information, "Publishers are no longer blocked")]
    private static partial void LogCleared(ILogger logger);

    [LoggerMessage(1303, LogLevel.Debug, "The free space of {Folder} is unknown")]
    private static partial void LogUnknown(ILogger logger, Exception failure, string folder);
}
