using System.Reflection;
using Microsoft.AspNetCore.Http;
using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Management.Api;
using OrleansBroker.Management.Json;
using OrleansBroker.Management.Listing;

namespace OrleansBroker.Management.Overview;

/// <summary>The cluster, its silos, and what they say of themselves.</summary>
internal sealed class OverviewEndpoints(IClusterActivity activity, ITopology topology, ClusterTotals totals, ServerIdentity server) : IApiArea
{
    // Tools look whether it is one that has what they use.
    private const string RabbitVersion = "3.13.7";

    private static readonly string Version = typeof(OverviewEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    private static readonly FeatureFlagItem[] FeatureFlags =
    [
        new("classic_mirrored_queue_version", "Support setting version for classic mirrored queues"),
        new("drop_unroutable_metric", "Count unroutable publishes to be dropped in stats"),
        new("empty_basic_get_metric", "Count AMQP `basic.get` on empty queues in stats"),
        new("implicit_default_bindings", "Default bindings are now implicit, instead of being stored in the database"),
        new("maintenance_mode_status", "Maintenance mode status"),
        new("quorum_queue", "Support queues of type `quorum`"),
        // Tools take it for dead-lettering at least once, which came with it.
        new("stream_queue", "Dead-lettering at least once"),
        new("user_limits", "Configure connection and channel limits for a user"),
        new("virtual_host_metadata", "Virtual host metadata (description, tags, etc)"),
    ];

    public void Map(ApiRoutes routes)
    {
        routes.Get("overview", OverviewAsync).Describe("The cluster at a glance.", returns: ManagementJson.Default.OverviewItem);
        routes.Get("cluster-name", ClusterName).Describe("The cluster's name.", returns: ManagementJson.Default.ClusterNameItem);
        routes.Get("nodes", ListNodesAsync, ApiAccess.Monitoring).DescribeList("The silos.", ManagementJson.Default.NodeItem);
        routes.Get("nodes/{node}", GetNodeAsync, ApiAccess.Monitoring).Describe("A silo.", returns: ManagementJson.Default.NodeItem);
        routes.Get("nodes/{node}/memory", GetMemoryAsync, ApiAccess.Monitoring).Describe("What a silo's memory is taken by.", returns: ManagementJson.Default.NodeMemoryItem);
        routes.Get("nodes/{node}/memory/relative", GetMemorySharesAsync, ApiAccess.Monitoring)
            .Describe("The same in hundredths.", returns: ManagementJson.Default.NodeMemorySharesItem);
        routes.Get("feature-flags", FlagsAsync, ApiAccess.Administrator).DescribeList("What RabbitMQ has behind flags and is there.", ManagementJson.Default.FeatureFlagItem);
        routes.Put("feature-flags/{name}/enable", EnableAsync, ApiAccess.Administrator).Describe("Does nothing for what is there, and refuses the rest.");
        routes.Get("deprecated-features", static request => Nothing(request)).DescribeList("None is.", ManagementJson.Default.FeatureFlagItem);
        routes.Get("extensions", static request => Nothing(request)).DescribeList("There are none.", ManagementJson.Default.FeatureFlagItem);
    }

    private async Task<IResult> OverviewAsync(ApiRequest request)
    {
        var silos = await activity.ListSilosAsync(request.Cancellation);
        var item = new OverviewItem
        {
            ManagementVersion = RabbitVersion,
            RabbitmqVersion = RabbitVersion,
            ProductName = "OrleansBroker",
            ProductVersion = Version,
            ClusterName = server.ClusterName,
            Node = activity.Silo,
            DisableStats = request.Flag("disable_stats"),
            EnableQueueTotals = request.Flag("enable_queue_totals"),
            Listeners = request.User.IsMonitor ? server.Listeners(activity.Silo) : [],
            Contexts = request.User.IsMonitor ? server.Contexts(activity.Silo) : [],
        };
        if (item.DisableStats)
        {
            return ApiResults.Json(request, item, ManagementJson.Default.OverviewItem);
        }

        var virtualHosts = request.User.IsMonitor ? await AllVirtualHostsAsync(request) : await request.VirtualHostsAsync();
        var queues = await totals.OfAsync(virtualHosts, request.Cancellation);
        return ApiResults.Json(
            request,
            item with
            {
                MessageStats = silos.Select(static silo => silo.Messages).Aggregate((MessageFigures?)null, MessageFigures.Add),
                ChurnRates = Churn(silos),
                QueueTotals = queues.Messages,
                ObjectTotals = new ObjectTotalsItem(
                    silos.Sum(static silo => silo.Channels),
                    silos.Sum(static silo => silo.Connections),
                    silos.Sum(static silo => silo.Consumers),
                    await CountExchangesAsync(virtualHosts, request.Cancellation),
                    queues.Queues),
            },
            ManagementJson.Default.OverviewItem);
    }

    private static ChurnItem Churn(IReadOnlyList<SiloFigures> silos) => new()
    {
        ConnectionCreated = silos.Sum(static silo => silo.ConnectionsOpened),
        ConnectionCreatedDetails = RateItem.Of(silos.Sum(static silo => silo.ConnectionsOpenedRate)),
        ConnectionClosed = silos.Sum(static silo => silo.ConnectionsClosed),
        ConnectionClosedDetails = RateItem.Of(silos.Sum(static silo => silo.ConnectionsClosedRate)),
        ChannelCreated = silos.Sum(static silo => silo.ChannelsOpened),
        ChannelCreatedDetails = RateItem.Of(silos.Sum(static silo => silo.ChannelsOpenedRate)),
        ChannelClosed = silos.Sum(static silo => silo.ChannelsClosed),
        ChannelClosedDetails = RateItem.Of(silos.Sum(static silo => silo.ChannelsClosedRate)),
        QueueCreated = silos.Sum(static silo => silo.Flow?.QueuesCreated ?? 0),
        QueueCreatedDetails = RateItem.Of(silos.Sum(static silo => silo.Flow?.QueuesCreatedRate ?? 0)),
        QueueDeclared = silos.Sum(static silo => silo.Flow?.QueuesDeclared ?? 0),
        QueueDeclaredDetails = RateItem.Of(silos.Sum(static silo => silo.Flow?.QueuesDeclaredRate ?? 0)),
        QueueDeleted = silos.Sum(static silo => silo.Flow?.QueuesDeleted ?? 0),
        QueueDeletedDetails = RateItem.Of(silos.Sum(static silo => silo.Flow?.QueuesDeletedRate ?? 0)),
    };

    private async Task<IReadOnlyList<string>> AllVirtualHostsAsync(ApiRequest request) =>
        await topology.ListVirtualHostsAsync(request.Cancellation).ToListAsync(request.Cancellation);

    private async Task<long> CountExchangesAsync(IReadOnlyList<string> virtualHosts, CancellationToken cancellationToken)
    {
        var count = 0L;
        foreach (var virtualHost in virtualHosts)
        {
            // And the default exchange, which has no row.
            count += 1 + await topology.ListExchangesAsync(virtualHost, cancellationToken).LongCountAsync(cancellationToken);
        }

        return count;
    }

    private Task<IResult> ClusterName(ApiRequest request) =>
        Task.FromResult(ApiResults.Json(request, new ClusterNameItem(server.ClusterName), ManagementJson.Default.ClusterNameItem));

    private async Task<IResult> ListNodesAsync(ApiRequest request)
    {
        var nodes = (await activity.ListSilosAsync(request.Cancellation)).Select(silo => NodeItem.Of(silo, ContextsOf(silo)));
        return Lists.Answer(request, ListSource.Of(nodes, static node => node.Name, ManagementJson.Default.NodeItem));
    }

    private async Task<IResult> GetNodeAsync(ApiRequest request)
    {
        var silo = await RequireAsync(request);
        return ApiResults.Json(request, NodeItem.Of(silo, ContextsOf(silo)), ManagementJson.Default.NodeItem);
    }

    private async Task<IResult> GetMemoryAsync(ApiRequest request)
    {
        var silo = await RequireAsync(request);
        var total = new MemoryTotalItem(silo.MemoryManaged, silo.MemoryUsed, silo.MemoryUsed);
        var memory = new MemoryItem(silo.MemoryManaged, Math.Max(0, silo.MemoryUsed - silo.MemoryManaged), "rss", total);
        return ApiResults.Json(request, new NodeMemoryItem(memory), ManagementJson.Default.NodeMemoryItem);
    }

    private async Task<IResult> GetMemorySharesAsync(ApiRequest request)
    {
        var silo = await RequireAsync(request);
        var managed = (int)Math.Round(100.0 * Math.Min(silo.MemoryManaged, silo.MemoryUsed) / Math.Max(1, silo.MemoryUsed));
        return ApiResults.Json(request, new NodeMemorySharesItem(new MemorySharesItem(100, managed, 100 - managed)), ManagementJson.Default.NodeMemorySharesItem);
    }

    private async Task<SiloFigures> RequireAsync(ApiRequest request) =>
        (await activity.ListSilosAsync(request.Cancellation)).FirstOrDefault(silo => silo.Silo == request.Name("node")) ?? throw ApiException.NotFound();

    private IReadOnlyList<ContextItem> ContextsOf(SiloFigures silo) => silo.Silo == activity.Silo ? server.Contexts(silo.Silo) : [];

    private static Task<IResult> FlagsAsync(ApiRequest request) =>
        Task.FromResult(Lists.Answer(request, ListSource.Of(FeatureFlags, static flag => flag.Name, ManagementJson.Default.FeatureFlagItem)));

    private static Task<IResult> EnableAsync(ApiRequest request) => FeatureFlags.Any(flag => flag.Name == request.Name("name"))
        ? Task.FromResult(ApiResults.NoContent)
        : throw ApiException.BadRequest($"feature flag '{request.Name("name")}' is not supported");

    private static Task<IResult> Nothing(ApiRequest request) =>
        Task.FromResult(Lists.Answer(request, ListSource.Of<FeatureFlagItem>([], static flag => flag.Name, ManagementJson.Default.FeatureFlagItem)));
}
