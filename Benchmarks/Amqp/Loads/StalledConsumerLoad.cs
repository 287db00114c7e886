using System.Globalization;
using OrleansBroker.Benchmarks.Amqp.Clients;

namespace OrleansBroker.Benchmarks.Amqp.Loads;

/// <summary>
/// A consumer that needs no acks stops reading its socket while its publisher goes on. The figures are those of another pair beside it,
/// whose pace before is in the notes, and of the server's memory. The publisher has a rate, so that every server gets as much of it.
/// </summary>
internal sealed record StalledConsumerLoad(string Name, string Title, int Rate) : IAmqpLoad
{
    public bool HasLimit => false;

    public bool HasQuorum => false;

    public async Task<Figures> RunAsync(TargetServer target)
    {
        var stalling = new TrafficLoad("stalling", "") { Rate = Rate };
        var other = new TrafficLoad("other", "") { Window = 1000, Prefetch = 1000 };
        stalling.Declare(target);
        other.Declare(target);
        var workers = new Workers();
        var (flooders, stallers) = stalling.Open(target, workers);
        var (publishers, consumers) = other.Open(target, workers);

        await Task.Delay(TimeSpan.FromSeconds(target.WarmUp), TimeProvider.System);
        var before = Pair(target, publishers, consumers);
        await before.MeasureAsync(target.Seconds);
        Array.ForEach(stallers, consumer => consumer.StopReading());
        Array.ForEach(consumers, consumer => consumer.Record(true));
        var during = Pair(target, publishers, consumers);
        var flooded = flooders.Sum(publisher => publisher.Published);
        await during.MeasureAsync(target.Stall);
        flooded = flooders.Sum(publisher => publisher.Published) - flooded;
        return new Figures(
            during.Published,
            during.Delivered,
            consumers[0].Latencies.Summary(),
            null,
            during.MostResident,
            null,
            [
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"before the stall the pair had {before.Delivered.Median:N0}/s, the server {before.MostResident:N0} MiB; the stalled queue's publisher kept {flooded / target.Stall:N0} of {Rate:N0}/s"),
            ],
            workers.Failures);
    }

    private static Windows Pair(TargetServer target, Publisher[] publishers, Consumer[] consumers) =>
        new(target.Server, () => publishers.Sum(p => p.Published), () => consumers.Sum(c => c.Delivered));
}
