using Microsoft.Extensions.Hosting;
using OrleansBroker.Grains.Telemetry;

namespace OrleansBroker.Grains.Reports;

/// <summary>Takes the rates of what the silo does. Queues that sleep cost nothing.</summary>
internal sealed class ActivitySampler(BrokerTelemetry telemetry, TimeProvider time) : BackgroundService
{
    // As RabbitMQ has it (collect_statistics_interval).
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            telemetry.Sample();
        }
    }
}
