using System.Globalization;
using OrleansBroker.Benchmarks.Amqp.Clients;

namespace OrleansBroker.Benchmarks.Amqp.Loads;

/// <summary>Publishers and consumers that keep a server busy, or at a steady rate, through one exchange.</summary>
internal sealed record TrafficLoad(string Name, string Title) : IAmqpLoad
{
    public bool HasLimit { get; init; }

    public bool HasQuorum => Durable;

    public int Publishers { get; init; } = 1;

    public int Consumers { get; init; } = 1;

    public int Queues { get; init; } = 1;

    /// <summary>Octets of a body.</summary>
    public int Size { get; init; } = 1024;

    /// <summary>The exchange's type: direct, fanout or topic.</summary>
    public string Exchange { get; init; } = "direct";

    /// <summary>Whether queues are durable and messages persistent.</summary>
    public bool Durable { get; init; }

    /// <summary>Messages that a publisher may have unconfirmed; 0 for no confirms.</summary>
    public int Window { get; init; }

    /// <summary>Deliveries that a consumer may have unacked; 0 for no acks.</summary>
    public int Prefetch { get; init; }

    /// <summary>Messages per second of a publisher; 0 for as many as it can.</summary>
    public int Rate { get; init; }

    public async Task<Figures> RunAsync(TargetServer target)
    {
        Declare(target);
        var workers = new Workers();
        var (publishers, consumers) = Open(target, workers);
        var windows = new Windows(target.Server, () => publishers.Sum(p => p.Published), () => consumers.Sum(c => c.Delivered));
        await Task.Delay(TimeSpan.FromSeconds(target.WarmUp), TimeProvider.System);
        Array.ForEach(consumers, consumer => consumer.Record(true));
        await windows.MeasureAsync(target.Seconds);
        Array.ForEach(consumers, consumer => consumer.Record(false));

        var latencies = new LatencyHistogram();
        Array.ForEach(consumers, consumer => latencies.Add(consumer.Latencies));
        var refused = publishers.Sum(publisher => publisher.Refused);
        return new Figures(
            windows.Published,
            windows.Delivered,
            latencies.Summary(),
            windows.ProcessorMicroseconds,
            windows.MostResident,
            null,
            refused > 0 ? [string.Create(CultureInfo.InvariantCulture, $"{refused:N0} messages were refused")] : [],
            workers.Failures);
    }

    /// <summary>The exchange, the queues and their bindings.</summary>
    public void Declare(TargetServer target)
    {
        using var connection = WireConnection.Open(target.Port);
        connection.DeclareExchange(Name, Exchange, Durable);
        for (var i = 0; i < Queues; i++)
        {
            var queue = $"{Name}.{i}";
            connection.DeclareQueue(queue, Durable, target.QueueType);
            connection.Bind(queue, Name, Exchange == "topic" ? $"load.*.{i}" : $"load.any.{i}");
        }
    }

    /// <summary>The clients, under way.</summary>
    public (Publisher[] Publishers, Consumer[] Consumers) Open(TargetServer target, Workers workers)
    {
        Consumer[] consumers = [.. Enumerable.Range(0, Consumers)
            .Select(i => new Consumer(WireConnection.Open(target.Port), $"{Name}.{i % Queues}", Prefetch))];
        Publisher[] publishers = [.. Enumerable.Range(0, Publishers)
            .Select(i => new Publisher(WireConnection.Open(target.Port), new Publishing(Name, $"load.any.{i % Queues}", Size, Durable, Window, Rate)))];
        Array.ForEach(consumers, consumer => consumer.Start(workers));
        Array.ForEach(publishers, publisher => publisher.Start(workers));
        return (publishers, consumers);
    }
}
