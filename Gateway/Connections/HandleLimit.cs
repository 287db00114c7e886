using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace OrleansBroker.Gateway.Connections;

/// <summary>
/// Keeps the silo's connections within the files that the process may open, of which each connection is one: without any left, no
/// connection could be refused either, and the listener would try again without end.
/// </summary>
internal sealed partial class HandleLimit(ILogger<HandleLimit> log) : IPostConfigureOptions<GatewayOptions>
{
    // The store's files, the other silos' connections, and libraries.
    private const int LeastReserve = 512;

    private const string Limits = "/proc/self/limits";

    private int _told;

    /// <inheritdoc/>
    public void PostConfigure(string? name, GatewayOptions options)
    {
        if (File.Exists(Limits) && MostConnections(File.ReadLines(Limits)) is { } most && most < options.MaxConnections)
        {
            // Options are made for each kind of their readers.
            if (Interlocked.Exchange(ref _told, 1) == 0)
            {
                LogLowered(log, options.MaxConnections, most);
            }

            options.MaxConnections = most;
        }
    }

    /// <summary>How many connections there may be under a process' limits as Linux lists them; null where files are not limited.</summary>
    public static int? MostConnections(IEnumerable<string> limits)
    {
        const string Files = "Max open files";
        var line = limits.FirstOrDefault(one => one.StartsWith(Files, StringComparison.Ordinal));
        return line?[Files.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var soft, ..]
            && int.TryParse(soft, CultureInfo.InvariantCulture, out var files)
                ? Math.Max(1, files - Math.Max(LeastReserve, files / 10))
                : null;
    }

    [LoggerMessage(1501, LogLevel.Warning, "Broker:Amqp:MaxConnections is {Configured}, but the process may not open so many files: it takes {Most} connections. 'ulimit -n' raises the limit")]
    private static partial void LogLowered(ILogger logger, int configured, int most);
}
