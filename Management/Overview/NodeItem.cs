using OrleansBroker.Grains.Interfaces.Activity;

namespace OrleansBroker.Management.Overview;

/// <summary>A silo as RabbitMQ's API has a node, and what it carries. What only an Erlang machine has is 0.</summary>
internal sealed record NodeItem
{
    public required string Name { get; init; }
    public string Type { get; } = "disc";
    public required bool Running { get; init; }
    public string OsPid { get; init; } = "";
    public long Uptime { get; init; }
    public int Processors { get; init; }
    public int RunQueue { get; init; }
    public string RatesMode { get; } = "basic";
    public long MemUsed { get; init; }
    public long MemLimit { get; init; }
    public bool MemAlarm { get; init; }
    public long DiskFree { get; init; }
    public long DiskFreeLimit { get; init; }
    public bool DiskFreeAlarm { get; init; }
    public long FdUsed { get; init; }
    public long FdTotal { get; init; }
    public long SocketsUsed { get; init; }
    public long SocketsTotal { get; init; }
    public long ProcUsed { get; init; }
    public long ProcTotal { get; init; }
    public int Queues { get; init; }
    public int Connections { get; init; }
    public int Channels { get; init; }
    public int Consumers { get; init; }
    public MessageFigures? MessageStats { get; init; }
    public IReadOnlyList<string> Partitions { get; } = [];
    public IReadOnlyList<string> ClusterLinks { get; } = [];
    public IReadOnlyList<NamedItem> ExchangeTypes { get; } = NamedItem.ExchangeTypes;
    public IReadOnlyList<NamedItem> AuthMechanisms { get; } = NamedItem.Mechanisms;
    public IReadOnlyList<string> Applications { get; } = [];
    public IReadOnlyList<ContextItem> Contexts { get; init; } = [];
    public IReadOnlyList<string> EnabledPlugins { get; } = [];
    public IReadOnlyList<string> LogFiles { get; } = [];
    public IReadOnlyList<string> ConfigFiles { get; } = [];

    public static NodeItem Of(SiloFigures silo, IReadOnlyList<ContextItem> contexts) => new()
    {
        Name = silo.Silo,
        Running = silo.IsRunning,
        OsPid = silo.ProcessId == 0 ? "" : silo.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture),
        Uptime = silo.Uptime,
        Processors = silo.Processors,
        MemUsed = silo.MemoryUsed,
        MemLimit = silo.Resources?.MemoryLimit ?? 0,
        MemAlarm = silo.Resources?.MemoryAlarm ?? false,
        DiskFree = silo.Resources?.DiskFree ?? 0,
        DiskFreeLimit = silo.Resources?.DiskFreeLimit ?? 0,
        DiskFreeAlarm = silo.Resources?.DiskAlarm ?? false,
        FdUsed = silo.OpenFiles,
        FdTotal = silo.MostFiles,
        SocketsUsed = silo.Connections,
        SocketsTotal = silo.MostFiles,
        ProcUsed = silo.Threads,
        Queues = silo.ActiveQueues,
        Connections = silo.Connections,
        Channels = silo.Channels,
        Consumers = silo.Consumers,
        MessageStats = silo.Messages,
        Contexts = contexts,
    };
}

/// <summary>What a node's memory is taken by.</summary>
internal sealed record NodeMemoryItem(MemoryItem Memory);

/// <summary>The managed heap, and all else that the process takes.</summary>
internal sealed record MemoryItem(long Managed, long Other, string Strategy, MemoryTotalItem Total);

/// <summary>What a silo's memory is taken by, in hundredths.</summary>
internal sealed record NodeMemorySharesItem(MemorySharesItem Memory);

/// <summary>Hundredths of all that the process takes.</summary>
internal sealed record MemorySharesItem(int Total, int Managed, int Other);

/// <summary>The same total under the names that RabbitMQ has for its ways of counting.</summary>
internal sealed record MemoryTotalItem(long Erlang, long Rss, long Allocated);
