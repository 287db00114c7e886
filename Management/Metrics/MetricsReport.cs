using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Management.Overview;

namespace OrleansBroker.Management.Metrics;

/// <summary>
/// What this silo tells Prometheus. Each silo is asked by itself and tells of what runs on it; what sleeps runs nowhere, and is told of by
/// the first silo of the cluster, so that sums over all silos are right. Nothing is woken by being counted.
/// </summary>
internal sealed class MetricsReport(
    IClusterActivity activity, IEnumerable<IClientActivity> clients, ITopology topology, ClusterTotals totals, ServerIdentity server)
{
    private const int ChunkQueues = 1_000;

    private static readonly HashSet<string> OfExchanges = [ExchangeMetrics.Published, ExchangeMetrics.Routes];

    /// <summary>The silo in sums, or with a series for each object.</summary>
    public async Task WriteAsync(PrometheusText text, bool perObject, CancellationToken cancellationToken)
    {
        var (silo, isFirst) = await SiloAsync(cancellationToken);
        var asleep = isFirst ? await totals.AsleepAsync(cancellationToken) : default;
        var channels = Channels();
        SiloMetrics.Churn(text, silo);
        SiloMetrics.Node(text, silo);
        AccessMetrics.Attempts(text, silo);
        if (perObject)
        {
            var queues = await QueuesAsync(new HashSet<string>(), isFirst, cancellationToken);
            await QueueMetrics.WriteAsync(text, QueueMetrics.Families, queues, cancellationToken);
            await QueueMetrics.InfoAsync(text, queues, cancellationToken);
            await ExchangeMetrics.WriteAsync(text, OfExchanges, new HashSet<string>(), activity, cancellationToken);
            await ClientMetrics.WriteAsync(text, ClientMetrics.Families, Connections(), channels, cancellationToken);
        }
        else
        {
            QueueMetrics.Totals(text, silo, asleep);
        }

        SiloMetrics.Objects(text, silo, asleep);
        FlowMetrics.Write(text, silo, channels);
        SiloMetrics.Alarms(text, silo);
        SiloMetrics.Identity(text, silo, server.ClusterName, perObject ? "per-object" : "aggregated");
    }

    /// <summary>Families by RabbitMQ's names; one that is not known has no series.</summary>
    public async Task WriteDetailedAsync(
        PrometheusText text, IReadOnlySet<string> families, IReadOnlySet<string> virtualHosts, CancellationToken cancellationToken)
    {
        var (silo, isFirst) = await SiloAsync(cancellationToken);
        var detailed = text.WithPrefix("rabbitmq_detailed_");
        if (families.Contains("connection_churn_metrics"))
        {
            SiloMetrics.Churn(detailed, silo);
        }

        if (families.Contains("node_coarse_metrics") || families.Contains("node_metrics"))
        {
            SiloMetrics.Node(detailed, silo);
        }

        if (families.Contains("auth_attempt_metrics"))
        {
            AccessMetrics.Attempts(detailed, silo);
        }

        if (families.Contains("auth_attempt_detailed_metrics"))
        {
            AccessMetrics.Sources(detailed, await activity.ListLoginSourcesAsync(activity.Silo, cancellationToken) ?? []);
        }

        if (QueueMetrics.Families.Overlaps(families))
        {
            var queues = await QueuesAsync(virtualHosts, isFirst, cancellationToken);
            await QueueMetrics.WriteAsync(detailed, families, queues, cancellationToken);
            if (QueueMetrics.AskForInfo(families))
            {
                await QueueMetrics.InfoAsync(detailed, queues, cancellationToken);
            }
        }

        await ExchangeMetrics.WriteAsync(detailed, families, virtualHosts, activity, cancellationToken);

        if (ClientMetrics.Families.Overlaps(families))
        {
            await ClientMetrics.WriteAsync(detailed, families, Connections(), Channels(), cancellationToken);
        }

        await ClusterAsync(text.WithPrefix("rabbitmq_cluster_"), families, virtualHosts, cancellationToken);
        SiloMetrics.Identity(text, silo, server.ClusterName, "detailed");
    }

    /// <summary>What the silo's memory is taken by, as far as the runtime tells it apart.</summary>
    public async Task WriteMemoryAsync(PrometheusText text, CancellationToken cancellationToken)
    {
        var (silo, _) = await SiloAsync(cancellationToken);
        SiloMetrics.Memory(text, silo);
        SiloMetrics.Identity(text, silo, server.ClusterName, "memory-breakdown");
    }

    private async Task ClusterAsync(PrometheusText text, IReadOnlySet<string> families, IReadOnlySet<string> virtualHosts, CancellationToken cancellationToken)
    {
        var meant = await topology.ListVirtualHostsAsync(cancellationToken)
            .Where(virtualHost => virtualHosts.Count == 0 || virtualHosts.Contains(virtualHost)).ToListAsync(cancellationToken);
        if (families.Contains("vhost_status"))
        {
            text.Family("vhost_status", "gauge", "Whether a given vhost is running");
            meant.ForEach(virtualHost => text.Sample(PrometheusText.Labels(("vhost", virtualHost)), 1));
        }

        await ExchangeMetrics.DefinitionsAsync(text, families, meant, topology, cancellationToken);
    }

    private async Task<(SiloFigures Own, bool IsFirst)> SiloAsync(CancellationToken cancellationToken)
    {
        var silos = await activity.ListSilosAsync(cancellationToken);
        return (silos.First(silo => silo.Silo == activity.Silo), silos.First(static silo => silo.IsRunning).Silo == activity.Silo);
    }

    private List<ConnectionFigures> Connections() => [.. clients.SelectMany(static part => part.ListConnections())];

    private List<ChannelFigures> Channels() => [.. clients.SelectMany(static part => part.ListChannels())];

    private async Task<List<QueueFigures>> QueuesAsync(IReadOnlySet<string> virtualHosts, bool isFirst, CancellationToken cancellationToken)
    {
        var own = new List<QueueFigures>();
        await foreach (var virtualHost in topology.ListVirtualHostsAsync(cancellationToken))
        {
            if (virtualHosts.Count > 0 && !virtualHosts.Contains(virtualHost))
            {
                continue;
            }

            await foreach (var chunk in topology.ListQueuesAsync(virtualHost, cancellationToken).Chunk(ChunkQueues).WithCancellation(cancellationToken))
            {
                var figures = await activity.ReadQueuesAsync(chunk, cancellationToken);
                own.AddRange(figures.Where(queue => queue.Silo == activity.Silo || (isFirst && queue.Silo is null)));
            }
        }

        return own;
    }
}
