using System.Reflection;
using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Management.Overview;

namespace OrleansBroker.Management.Metrics;

/// <summary>Metrics of the silo, by RabbitMQ's names of a node's.</summary>
internal static class SiloMetrics
{
    private const string Gauge = "gauge";
    private const string Counter = "counter";
    private const string Untyped = "untyped";

    // Dashboards show it; it is the release whose names these are.
    private const string RabbitVersion = "3.13.7";

    private static readonly string Version =
        typeof(SiloMetrics).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>What came and went.</summary>
    public static void Churn(PrometheusText text, SiloFigures silo)
    {
        var flow = silo.Flow ?? new FlowFigures();
        text.Single("connections_opened_total", Counter, "Total number of connections opened", silo.ConnectionsOpened);
        text.Single("connections_closed_total", Counter, "Total number of connections closed or terminated", silo.ConnectionsClosed);
        text.Single("channels_opened_total", Counter, "Total number of channels opened", silo.ChannelsOpened);
        text.Single("channels_closed_total", Counter, "Total number of channels closed", silo.ChannelsClosed);
        text.Single("queues_declared_total", Counter, "Total number of queues declared", flow.QueuesDeclared);
        text.Single("queues_created_total", Counter, "Total number of queues created", flow.QueuesCreated);
        text.Single("queues_deleted_total", Counter, "Total number of queues deleted", flow.QueuesDeleted);
    }

    /// <summary>The process and its machine. A limit that is switched off is where the machine ends.</summary>
    public static void Node(PrometheusText text, SiloFigures silo)
    {
        var resources = silo.Resources;
        var memory = resources is { MemoryLimit: > 0 } ? resources.MemoryLimit : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        text.Single("process_open_fds", Gauge, "Open file descriptors", silo.OpenFiles);
        text.Single("process_resident_memory_bytes", Gauge, "Memory used in bytes", silo.MemoryUsed);
        text.Single("disk_space_available_bytes", Gauge, "Disk space available in bytes", resources?.DiskFree ?? OwnDiskFree());
        text.Single("process_max_fds", Gauge, "Open file descriptors limit", silo.MostFiles);
        text.Single("resident_memory_limit_bytes", Gauge, "Memory high watermark in bytes", memory);
        text.Single("disk_space_available_limit_bytes", Gauge, "Free disk space low watermark in bytes", resources?.DiskFreeLimit ?? 0);
        text.Single("erlang_uptime_seconds", Gauge, "Node uptime", silo.Uptime / 1000.0);
    }

    /// <summary>Octets that the process takes; together they are its resident memory, or a little more.</summary>
    public static void Memory(PrometheusText text, SiloFigures silo)
    {
        var collected = GC.GetGCMemoryInfo();
        // Large objects and pinned ones are where messages' octets lie; generations 3 and 4 of what the collector tells.
        var large = collected.GenerationInfo.Length > 4 ? collected.GenerationInfo[3].SizeAfterBytes + collected.GenerationInfo[4].SizeAfterBytes : 0;
        var unused = Math.Max(0, collected.TotalCommittedBytes - silo.MemoryManaged);
        text.Single("memory_binary_heap_bytes", Gauge, "Large and pinned objects, which batches of messages are, at the last collection", large);
        text.Single("memory_other_erlang_process_bytes", Gauge, "Other managed objects", Math.Max(0, silo.MemoryManaged - large));
        text.Single("memory_runtime_allocated_unused_bytes", Gauge, "Runtime allocated but unused blocks size in bytes", unused);
        text.Single("memory_other_system_bytes", Gauge, "Code, stacks and the store's own caches", Math.Max(0, silo.MemoryUsed - silo.MemoryManaged - unused));
    }

    /// <summary>How many there are of what.</summary>
    public static void Objects(PrometheusText text, SiloFigures silo, AsleepQueues asleep)
    {
        text.Single("connections", Gauge, "Connections currently open", silo.Connections);
        text.Single("channels", Gauge, "Channels currently open", silo.Channels);
        text.Single("consumers", Gauge, "Consumers currently connected", silo.Consumers);
        text.Single("queues", Gauge, "Queues available", silo.ActiveQueues + asleep.Count);
    }

    /// <summary>What holds publishers back.</summary>
    public static void Alarms(PrometheusText text, SiloFigures silo)
    {
        text.Single("alarms_free_disk_space_watermark", Untyped, "is 1 if free disk space watermark alarm is in effect", silo.Resources is { DiskAlarm: true } ? 1 : 0);
        text.Single("alarms_memory_used_watermark", Untyped, "is 1 if VM memory watermark alarm is in effect", silo.Resources is { MemoryAlarm: true } ? 1 : 0);
    }

    /// <summary>Which silo of which cluster this is, for others to be joined with, by whatever page they are on.</summary>
    public static void Identity(PrometheusText text, SiloFigures silo, string cluster, string endpoint)
    {
        var build = PrometheusText.Labels(
            ("rabbitmq_version", RabbitVersion),
            ("erlang_version", $".NET {Environment.Version}"),
            ("prometheus_plugin_version", Version),
            ("prometheus_client_version", Version),
            ("product_name", "OrleansBroker"),
            ("product_version", Version));
        text.Single("build_info", Untyped, "Version info", 1, build);
        var identity = PrometheusText.Labels(
            ("rabbitmq_node", silo.Silo),
            ("rabbitmq_cluster", cluster),
            ("rabbitmq_cluster_permanent_id", cluster),
            ("rabbitmq_endpoint", endpoint));
        text.Single("identity_info", Untyped, "Node and cluster identity info", 1, identity);
    }

    // Where the store has no disk of its own there is still the one that logs go to.
    private static long OwnDiskFree() => new DriveInfo(Environment.CurrentDirectory).AvailableFreeSpace;
}
