namespace OrleansBroker.Gateway.Alarms;

/// <summary>Whether something runs so low that publishers are held back.</summary>
internal interface IAlarms
{
    /// <summary>What runs low, as connection.blocked tells it; null where nothing does.</summary>
    string? Reason { get; }

    /// <summary>Completes when nothing runs low any more.</summary>
    Task ClearedAsync(CancellationToken cancellationToken);
}
