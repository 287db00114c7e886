using OrleansBroker.Grains.Interfaces.Access;

namespace OrleansBroker.Grains.Interfaces.Activity;

/// <summary>What a silo has and does.</summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.SiloFigures")]
public sealed record SiloFigures
{
    /// <summary>The silo, in its parsable text form.</summary>
    [Id(0)] public required string Silo { get; init; }
    /// <summary>Whether it answered; where it did not, nothing else is known of it.</summary>
    [Id(1)] public bool IsRunning { get; init; }
    /// <summary>For how long its process runs, in milliseconds.</summary>
    [Id(2)] public long Uptime { get; init; }
    /// <summary>The process's id.</summary>
    [Id(3)] public int ProcessId { get; init; }
    /// <summary>Processors.</summary>
    [Id(4)] public int Processors { get; init; }
    /// <summary>Octets that the process takes.</summary>
    [Id(5)] public long MemoryUsed { get; init; }
    /// <summary>Of that, octets of the managed heap.</summary>
    [Id(6)] public long MemoryManaged { get; init; }
    /// <summary>Connections that it hosts.</summary>
    [Id(7)] public int Connections { get; init; }
    /// <summary>Channels of those.</summary>
    [Id(8)] public int Channels { get; init; }
    /// <summary>Consumers that its active queues have.</summary>
    [Id(9)] public int Consumers { get; init; }
    /// <summary>Queues that are active on it.</summary>
    [Id(10)] public int ActiveQueues { get; init; }
    /// <summary>What all of it did since it started; null for nothing.</summary>
    [Id(11)] public MessageFigures? Messages { get; init; }
    /// <summary>What the gateway knows of memory and disk; null on a silo without one.</summary>
    [Id(12)] public ResourceFigures? Resources { get; init; }
    /// <summary>Open files.</summary>
    [Id(13)] public long OpenFiles { get; init; }
    /// <summary>Most open files.</summary>
    [Id(14)] public long MostFiles { get; init; }
    /// <summary>Threads of the process.</summary>
    [Id(15)] public int Threads { get; init; }
    /// <summary>Connections that were opened since it started.</summary>
    [Id(16)] public long ConnectionsOpened { get; init; }
    /// <summary>Connections that were closed since it started.</summary>
    [Id(17)] public long ConnectionsClosed { get; init; }
    /// <summary>Channels that were opened since it started.</summary>
    [Id(18)] public long ChannelsOpened { get; init; }
    /// <summary>Channels that were closed since it started.</summary>
    [Id(19)] public long ChannelsClosed { get; init; }
    /// <summary>Connections that are opened, a second.</summary>
    [Id(20)] public double ConnectionsOpenedRate { get; init; }
    /// <summary>Connections that are closed, a second.</summary>
    [Id(21)] public double ConnectionsClosedRate { get; init; }
    /// <summary>Channels that are opened, a second.</summary>
    [Id(22)] public double ChannelsOpenedRate { get; init; }
    /// <summary>Channels that are closed, a second.</summary>
    [Id(23)] public double ChannelsClosedRate { get; init; }
    /// <summary>Logins by protocol, since the start or since somebody had them counted from zero.</summary>
    [Id(24)] public LoginAttempts[] Logins { get; init; } = [];
    /// <summary>What flowed through it; null for a silo that does not tell.</summary>
    [Id(25)] public FlowFigures? Flow { get; init; }
    /// <summary>Most connections; 0 for a silo without a gateway.</summary>
    [Id(26)] public int MostConnections { get; init; }
}

/// <summary>Memory and disk as the alarms see them.</summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.ResourceFigures")]
public sealed record ResourceFigures
{
    /// <summary>Octets from which publishers are held back; 0 where that is switched off.</summary>
    [Id(0)] public long MemoryLimit { get; init; }
    /// <summary>Whether they are, for memory.</summary>
    [Id(1)] public bool MemoryAlarm { get; init; }
    /// <summary>Free octets of the store's disk; null where it is not watched.</summary>
    [Id(2)] public long? DiskFree { get; init; }
    /// <summary>Octets below which publishers are held back.</summary>
    [Id(3)] public long DiskFreeLimit { get; init; }
    /// <summary>Whether they are, for the disk.</summary>
    [Id(4)] public bool DiskAlarm { get; init; }
}
