namespace OrleansBroker.Benchmarks.Amqp.Loads;

/// <summary>Every load, in the table's order.</summary>
internal static class AmqpLoads
{
    private const int Window = 1000;
    private const int FloodRate = 10_000;

    public static IReadOnlyList<IAmqpLoad> All { get; } =
    [
        new TrafficLoad("transient", "1 KiB, transient, no acks") { HasLimit = true },
        new TrafficLoad("tiny", "16 B, transient, no acks") { Size = 16, HasLimit = true },
        new TrafficLoad("confirmed", "1 KiB, transient, confirms, acks") { Window = Window, Prefetch = Window },
        new TrafficLoad("durable", "1 KiB, durable, persistent, confirms, acks") { Window = Window, Prefetch = Window, Durable = true },
        new TrafficLoad("fanout", "1 KiB, fanout to 4 queues, 4 consumers") { Exchange = "fanout", Queues = 4, Consumers = 4 },
        new TrafficLoad("topic", "1 KiB, topic, 4 publishers, 4 queues") { Exchange = "topic", Publishers = 4, Queues = 4, Consumers = 4 },
        new TrafficLoad("many", "1 KiB, 20 pairs, 20 queues, confirms, acks")
        {
            Publishers = 20,
            Queues = 20,
            Consumers = 20,
            Window = Window,
            Prefetch = Window,
        },
        new TrafficLoad("steady", "1 KiB, 5,000/s, confirms, acks") { Window = Window, Prefetch = Window, Rate = 5000 },
        new IdleLoad("queues", "20,000 durable queues", 20_000, Settle: 60, IdleLoad.DeclareQueue),
        new IdleLoad("connections-1000", "1,000 idle connections with a channel", 1000, Settle: 15, IdleLoad.Connect),
        new IdleLoad("connections-8000", "8,000 idle connections with a channel", 8000, Settle: 15, IdleLoad.Connect),
        new StalledConsumerLoad("stalled", "a pair beside a consumer that does not read", FloodRate),
    ];
}
