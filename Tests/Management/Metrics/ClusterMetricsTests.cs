using System.IO.Pipelines;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Management;
using OrleansBroker.Management.Metrics;
using OrleansBroker.Management.Overview;
using OrleansBroker.Tests.Gateway.Wire;

namespace OrleansBroker.Tests.Management.Metrics;

/// <summary>Prometheus adds up what each silo tells: nothing may be told twice, and nothing be left out.</summary>
public sealed class ClusterMetricsTests(GatewayCluster cluster) : IClassFixture<GatewayCluster>
{
    [Fact]
    public async Task Sums_over_all_silos_are_what_the_cluster_has()
    {
        const int Queues = 8;
        var before = await PagesAsync();
        for (var silo = 0; silo < 2; silo++)
        {
            var connection = cluster.Inside(silo);
            for (var i = 0; i < Queues; i++)
            {
                await connection.CreateQueueAsync($"summed-{silo}-{i}");
                await connection.PublishAsync("x", queue: $"summed-{silo}-{i}");
            }
        }

        // One that sleeps is told of by the first silo alone.
        await cluster.Silo.GetRequiredService<ITopology>().DeclareQueueAsync(
            new QueueDefinition { Id = new QueueId("/", "summed-asleep"), Durable = true }, CancellationToken.None);

        var after = await PagesAsync();
        double Grown(string name) => after.Sum(page => page[name]) - before.Sum(page => page[name]);
        Assert.Equal((2 * Queues) + 1, Grown("rabbitmq_queues"));
        Assert.Equal(2 * Queues, Grown("rabbitmq_queue_messages_ready"));
        Assert.Equal(2 * Queues, Grown("rabbitmq_global_messages_received_total"));
        Assert.Equal(2 * Queues, Grown("rabbitmq_global_messages_routed_total"));
        Assert.Equal((2 * Queues) + 1, Grown("rabbitmq_queues_created_total"));
        Assert.All(after, page => Assert.True(page["rabbitmq_queues"] > 0));

        var objects = await PagesAsync(perObject: true);
        var named = objects.SelectMany(page => page.Named("rabbitmq_queue_messages_ready")).Where(sample => sample.Labels["queue"].StartsWith("summed-", StringComparison.Ordinal)).ToList();
        Assert.Equal((2 * Queues) + 1, named.Count);
        Assert.Equal((2 * Queues) + 1, named.Select(sample => sample.Labels["queue"]).Distinct().Count());
        var routes = objects.SelectMany(page => page.Named("rabbitmq_queue_exchange_messages_published_total")).Where(sample => sample.Labels["queue"].StartsWith("summed-", StringComparison.Ordinal));
        Assert.Equal(2 * Queues, routes.Sum(sample => sample.Value));
        Assert.Equal(2, objects.Select(page => page.Named("rabbitmq_identity_info").Single().Labels["rabbitmq_node"]).Distinct().Count());
    }

    [Fact]
    public async Task What_is_published_on_several_silos_to_one_exchange_is_added_up()
    {
        await cluster.Inside(0).CreateQueueAsync("shared-route");
        await cluster.Inside(0).PublishAsync("x", queue: "shared-route");
        await cluster.Inside(1).PublishAsync("x", queue: "shared-route");
        var activity = cluster.Cluster.Silos[1].ServiceProvider.GetRequiredService<IClusterActivity>();
        Assert.Equal(2, (await activity.ReadRoutesToAsync(new QueueId("/", "shared-route"), CancellationToken.None)).Single().Count.Total);
        var exchange = new ExchangeId("/", "");
        Assert.Equal(2, (await activity.ReadRoutesFromAsync(exchange, CancellationToken.None)).Single(route => route.Queue == "shared-route").Count.Total);
        Assert.True((await activity.ReadExchangesAsync([exchange], CancellationToken.None))[exchange].In.Total >= 2);
    }

    private async Task<PrometheusPage[]> PagesAsync(bool perObject = false) =>
        await Task.WhenAll(cluster.Cluster.Silos.Select(silo => PageAsync(silo.ServiceProvider, perObject)));

    private static async Task<PrometheusPage> PageAsync(IServiceProvider silo, bool perObject)
    {
        var (activity, topology) = (silo.GetRequiredService<IClusterActivity>(), silo.GetRequiredService<ITopology>());
        var totals = new ClusterTotals(topology, activity, TimeProvider.System);
        var report = new MetricsReport(activity, silo.GetServices<IClientActivity>(), topology, totals, new ServerIdentity("cluster"));
        using var stream = new MemoryStream();
        var writer = PipeWriter.Create(stream);
        await report.WriteAsync(new PrometheusText(writer), perObject, CancellationToken.None);
        await writer.CompleteAsync();
        return PrometheusPage.Parse(Encoding.UTF8.GetString(stream.ToArray()));
    }
}
