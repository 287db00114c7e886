using System.Diagnostics;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Telemetry;

namespace OrleansBroker.Grains.Reports;

/// <summary>What runs on this silo.</summary>
internal sealed class LocalActivity(
    BrokerTelemetry telemetry, IEnumerable<IClientActivity> clients, ILoginAttempts logins, ILocalSiloDetails self, TimeProvider time)
{
    private const string OpenFiles = "/proc/self/fd";
    private const string Limits = "/proc/self/limits";

    /// <summary>This silo, in its parsable text form.</summary>
    public string Name { get; } = self.SiloAddress.ToParsableString();

    public SiloFigures Silo()
    {
        using var process = Process.GetCurrentProcess();
        var (active, consumers, ready, unacked, readyBytes) = (0, 0, 0L, 0L, 0L);
        var (inMemory, reads, writes) = (0L, 0L, 0L);
        foreach (var queue in telemetry.Queues.Active)
        {
            active++;
            consumers += queue.Consumers;
            ready += queue.Ready;
            unacked += queue.Unacked;
            readyBytes += queue.ReadyBytes;
            inMemory += queue.InMemory;
            reads += queue.StoreReads;
            writes += queue.StoreWrites;
        }

        var silo = new SiloFigures
        {
            Silo = Name,
            IsRunning = true,
            Uptime = (long)(time.GetUtcNow() - process.StartTime.ToUniversalTime()).TotalMilliseconds,
            ProcessId = process.Id,
            Processors = Environment.ProcessorCount,
            MemoryUsed = Environment.WorkingSet,
            MemoryManaged = GC.GetTotalMemory(forceFullCollection: false),
            ActiveQueues = active,
            Consumers = consumers,
            Messages = telemetry.Queues.Totals.Read(),
            Threads = process.Threads.Count,
            OpenFiles = Directory.Exists(OpenFiles) ? Directory.EnumerateFileSystemEntries(OpenFiles).Count() : process.HandleCount,
            MostFiles = MostFiles(),
            Logins = [.. logins.List()],
            Flow = telemetry.Flow.Read() with { Ready = ready, Unacked = unacked, ReadyBytes = readyBytes, ReadyInMemory = inMemory, StoreReads = reads, StoreWrites = writes },
        };
        return clients.Aggregate(silo, static (figures, part) => part.AddTo(figures));
    }

    public QueueFigures[] ReadQueues(IEnumerable<QueueId> queues)
    {
        var found = new List<QueueFigures>();
        foreach (var queue in queues)
        {
            if (telemetry.Queues.TryFind(queue, out var gauge))
            {
                found.Add(gauge.Read(Name));
            }
        }

        return [.. found];
    }

    public ExchangeFigures[] ReadExchanges(IEnumerable<ExchangeId> exchanges) => telemetry.Exchanges.Read(exchanges);

    public ExchangeFigures[] ReadExchanges() => telemetry.Exchanges.ReadAll();

    public RouteFigures[] ReadRoutes() => telemetry.Exchanges.ReadAllRoutes();

    public RouteFigures[] ReadRoutes(ExchangeId exchange) => telemetry.Exchanges.ReadRoutes(exchange);

    public RouteFigures[] ReadRoutes(QueueId queue) => telemetry.Exchanges.ReadRoutes(queue);

    public ConnectionFigures[] Connections() => [.. clients.SelectMany(static part => part.ListConnections())];

    public ChannelFigures[] Channels() => [.. clients.SelectMany(static part => part.ListChannels())];

    public bool CloseConnection(string name, string reason) => clients.Any(part => part.CloseConnection(name, reason));

    public LoginSource[] LoginSources() => [.. logins.ListSources()];

    public void ResetLogins() => logins.Reset();

    // "Max open files            1024                 524288               files"
    private static long MostFiles()
    {
        if (!File.Exists(Limits))
        {
            return 0;
        }

        var line = File.ReadLines(Limits).FirstOrDefault(static text => text.StartsWith("Max open files", StringComparison.Ordinal));
        var words = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words is { Length: > 3 } && long.TryParse(words[3], out var most) ? most : 0;
    }
}
