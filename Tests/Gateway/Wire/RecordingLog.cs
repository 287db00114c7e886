using Microsoft.Extensions.Logging;

namespace OrleansBroker.Tests.Gateway.Wire;

/// <summary>Keeps what is logged.</summary>
public sealed class RecordingLog<TCategory> : ILogger<TCategory>
{
    private readonly List<(LogLevel Level, string Text)> _lines = [];

    /// <summary>What was logged so far at the level.</summary>
    public IReadOnlyList<string> At(LogLevel level)
    {
        lock (_lines)
        {
            return [.. _lines.Where(line => line.Level == level).Select(line => line.Text)];
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        ArgumentNullException.ThrowIfNull(formatter);
        lock (_lines)
        {
            _lines.Add((logLevel, formatter(state, exception)));
        }
    }
}
