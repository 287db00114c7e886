using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Management.Metrics;

/// <summary>Metrics of exchanges, by RabbitMQ's names. What was published counts at the silo where it was.</summary>
internal static class ExchangeMetrics
{
    public const string Published = "exchange_metrics";
    public const string Routes = "queue_exchange_metrics";
    public const string Bindings = "exchange_bindings";
    public const string Names = "exchange_names";

    /// <summary>What was published to each exchange, and what of it to which queue.</summary>
    public static async Task WriteAsync(
        PrometheusText text, IReadOnlySet<string> families, IReadOnlySet<string> virtualHosts, IClusterActivity activity, CancellationToken cancellationToken)
    {
        if (families.Contains(Published))
        {
            text.Family("exchange_messages_published_total", "counter", "Total number of messages published into an exchange");
            foreach (var exchange in activity.ReadOwnExchanges().Where(exchange => IsMeant(virtualHosts, exchange.Id)))
            {
                text.Sample(Labels(exchange.Id), exchange.In.Total);
                await text.FlushAsync(cancellationToken);
            }
        }

        if (families.Contains(Routes))
        {
            text.Family("queue_exchange_messages_published_total", "counter", "Total number of messages published into a queue through an exchange");
            foreach (var route in activity.ReadOwnRoutes().Where(route => IsMeant(virtualHosts, route.Exchange)))
            {
                var labels = PrometheusText.Labels(
                    ("queue_vhost", route.Exchange.VirtualHost), ("queue", route.Queue), ("exchange_vhost", route.Exchange.VirtualHost), ("exchange", route.Exchange.Name));
                text.Sample(labels, route.Count.Total);
                await text.FlushAsync(cancellationToken);
            }
        }
    }

    /// <summary>The exchanges that there are, of the whole cluster.</summary>
    public static async Task DefinitionsAsync(
        PrometheusText text, IReadOnlySet<string> families, IReadOnlyList<string> virtualHosts, ITopology topology, CancellationToken cancellationToken)
    {
        if (families.Contains(Bindings))
        {
            text.Family("exchange_bindings", "gauge", "Number of bindings for an exchange. This value is cluster-wide.");
            foreach (var virtualHost in virtualHosts)
            {
                var counts = new Dictionary<string, long>(StringComparer.Ordinal);
                await foreach (var binding in topology.ListBindingsAsync(virtualHost, cancellationToken))
                {
                    counts[binding.Source.Name] = counts.GetValueOrDefault(binding.Source.Name) + 1;
                }

                await foreach (var exchange in topology.ListExchangesAsync(virtualHost, cancellationToken))
                {
                    text.Sample($"{Labels(exchange.Id)},{PrometheusText.Labels(("type", exchange.Type))}", counts.GetValueOrDefault(exchange.Id.Name));
                    await text.FlushAsync(cancellationToken);
                }
            }
        }

        if (families.Contains(Names))
        {
            text.Family("exchange_name", "gauge", "Enumerates exchanges without any additional info. This value is cluster-wide. A cheaper alternative to exchange_bindings");
            foreach (var virtualHost in virtualHosts)
            {
                await foreach (var exchange in topology.ListExchangesAsync(virtualHost, cancellationToken))
                {
                    text.Sample($"{Labels(exchange.Id)},{PrometheusText.Labels(("type", exchange.Type))}", 1);
                    await text.FlushAsync(cancellationToken);
                }
            }
        }
    }

    private static bool IsMeant(IReadOnlySet<string> virtualHosts, ExchangeId exchange) => virtualHosts.Count == 0 || virtualHosts.Contains(exchange.VirtualHost);

    private static string Labels(ExchangeId exchange) => PrometheusText.Labels(("vhost", exchange.VirtualHost), ("exchange", exchange.Name));
}
