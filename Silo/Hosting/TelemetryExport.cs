using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using OrleansBroker.Grains.Telemetry;
using OrleansBroker.Silo.Configuration;

namespace OrleansBroker.Silo.Hosting;

/// <summary>Sends metrics and traces to a collector where one is configured.</summary>
internal static class TelemetryExport
{
    public static void AddTelemetry(this IHostApplicationBuilder builder, TelemetryOptions options)
    {
        if (options.OtlpEndpoint is not { } endpoint)
        {
            return;
        }

        void Send(OtlpExporterOptions exporter) => exporter.Endpoint = endpoint;
        builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(BrokerTelemetry.Name))
            .WithMetrics(metrics => metrics.AddMeter(BrokerTelemetry.Name, "OrleansBroker.Gateway", "OrleansBroker.Management", "OrleansBroker.Storage", "OrleansBroker.Client", "Microsoft.Orleans")
                .SetExemplarFilter(ExemplarFilterType.TraceBased)
                .AddOtlpExporter(Send))
            .WithTracing(traces => traces.AddSource(BrokerTelemetry.Name, "OrleansBroker.Client").AddOtlpExporter(Send));
    }
}
