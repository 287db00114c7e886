using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using OrleansBroker.CommandLine.Invocations;

namespace OrleansBroker.CommandLine.Performance;

/// <summary>Measures rates and latencies over AMQP.</summary>
internal static class PerformanceCommand
{
    private const int LongestRun = 24 * 3600;

    public static IEnumerable<CommandSpec> All =>
    [
        new("perf", "Measures how many messages a second the broker moves, and how long they take", command =>
        {
            var parts = new LoadParts(command);
            return (invocation, token) => RunAsync(invocation, parts.Of(invocation), parts.OwnsQueue(invocation), token);
        }),
    ];

    private static async Task RunAsync(Invocation invocation, LoadOptions load, bool ownsQueue, CancellationToken token)
    {
        var link = await invocation.ConnectAsync(token);
        await using var channel = await link.ChannelAsync(token);
        if (ownsQueue)
        {
            await channel.QueueDeclareAsync(load.Queue, durable: true, exclusive: false, autoDelete: false, cancellationToken: token);
            if (load.Exchange.Length > 0)
            {
                await channel.QueueBindAsync(load.Queue, load.Exchange, load.Key, cancellationToken: token);
            }
        }

        try
        {
            Interval total;
            await using (var measurement = new Measurement(invocation.Target, load, invocation.Terminal.Time))
            {
                total = await measurement.RunAsync(interval => Write(invocation, interval, "second"), token);
            }

            Write(invocation, total, "total");
            if (total.Count.Refused > 0)
            {
                throw new CommandFailure($"The broker refused {total.Count.Refused} messages.");
            }
        }
        finally
        {
            if (ownsQueue && channel.IsOpen)
            {
                await channel.QueueDeleteAsync(load.Queue, ifUnused: false, ifEmpty: false, noWait: false, CancellationToken.None);
            }
        }
    }

    private static void Write(Invocation invocation, Interval interval, string kind)
    {
        var json = Json(interval, kind);
        if (invocation.Report.Json)
        {
            invocation.Report.WriteJsonLine(json);
        }
        else if (kind == "total" || !invocation.Report.Quiet)
        {
            invocation.Report.Line(Line(interval, kind));
        }
    }

    private static string Line(Interval interval, string kind)
    {
        var begin = kind == "total" ? $"total {interval.Length,6:N1} s" : $"{interval.At,10:N1} s";
        return string.Create(CultureInfo.InvariantCulture, $"{begin}  published {Rate(interval, interval.Count.Published),9:N0}/s")
            + (interval.Count.Confirmed > 0 ? string.Create(CultureInfo.InvariantCulture, $"  confirmed {Rate(interval, interval.Count.Confirmed),9:N0}/s") : "")
            + string.Create(CultureInfo.InvariantCulture, $"  received {Rate(interval, interval.Count.Received),9:N0}/s")
            + Latencies("  latency", interval.Deliveries) + Latencies("  confirm", interval.Confirms);
    }

    private static string Latencies(string title, LatencyHistogram latencies) => latencies.At(0.5) is { } median
        ? string.Create(CultureInfo.InvariantCulture, $"{title} p50 {Milliseconds(median)} p99 {Milliseconds(latencies.At(0.99)!.Value)} p99.9 {Milliseconds(latencies.At(0.999)!.Value)} max {Milliseconds(latencies.At(1)!.Value)} ms")
        : "";

    private static string Milliseconds(long microseconds) => (microseconds / 1000.0).ToString("0.##", CultureInfo.InvariantCulture);

    private static double Rate(Interval interval, long count) => interval.Length > 0 ? count / interval.Length : 0;

    private static JsonObject Json(Interval interval, string kind) => new()
    {
        ["kind"] = kind,
        ["at_s"] = Math.Round(interval.At, 3),
        ["published"] = interval.Count.Published,
        ["confirmed"] = interval.Count.Confirmed,
        ["refused"] = interval.Count.Refused,
        ["received"] = interval.Count.Received,
        ["published_per_s"] = Math.Round(Rate(interval, interval.Count.Published), 1),
        ["confirmed_per_s"] = Math.Round(Rate(interval, interval.Count.Confirmed), 1),
        ["received_per_s"] = Math.Round(Rate(interval, interval.Count.Received), 1),
        ["latency_us"] = Json(interval.Deliveries),
        ["confirm_us"] = Json(interval.Confirms),
    };

    private static JsonObject? Json(LatencyHistogram latencies) => latencies.At(0.5) is null ? null : new JsonObject
    {
        ["p50"] = latencies.At(0.5),
        ["p99"] = latencies.At(0.99),
        ["p999"] = latencies.At(0.999),
        ["max"] = latencies.At(1),
    };

    private sealed class LoadParts(Command command)
    {
        private readonly string _ownQueue = $"orleansbroker-perf-{Guid.NewGuid():N}";
        private readonly Option<int> _publishers = command.Count("--publishers", 1, 0, "Publishers, each on a connection of its own.");
        private readonly Option<int> _consumers = command.Count("--consumers", 1, 0, "Consumers, each on a connection of its own.");
        private readonly Option<int> _size = command.Count("--size", 1024, 0, "Octets of a body; 16 and more say how long they took.");
        private readonly Option<int> _confirm = command.Count("--confirm", 0, 0, "The most unconfirmed publishes of a publisher. 0: no confirms.");
        private readonly Option<int> _prefetch = command.Count("--prefetch", 1000, 0, "The most unacknowledged deliveries of a consumer. 0: automatic acks.");
        private readonly Option<int> _ackEach = command.Count("--ack-each", 1, 1, "How many deliveries one ack stands for.");
        private readonly Option<int> _rate = command.Count("--rate", 0, 0, "Messages a second of each publisher. 0: as many as it can.");
        private readonly Option<int> _duration = command.Count("--duration", 10, 1, "Seconds.");
        private readonly Option<bool> _persistent = command.Option<bool>("--persistent", "Messages are persistent.");
        private readonly Option<string> _exchange = command.OptionOr("--exchange", "", "The exchange to publish to. Default: the default exchange.", "-e");
        private readonly Option<string?> _key = command.Option<string?>("--key", "The routing key. Default: the queue's name.", "-k");
        private readonly Option<string?> _queue = command.Option<string?>("--queue", "A queue that is there. Default: one of its own, deleted at the end.");

        public bool OwnsQueue(Invocation invocation) => invocation.Get(_queue) is null;

        public LoadOptions Of(Invocation invocation)
        {
            var (prefetch, ackEach, duration) = (invocation.Get(_prefetch), invocation.Get(_ackEach), invocation.Get(_duration));
            if (prefetch > ushort.MaxValue || (prefetch > 0 && ackEach > prefetch))
            {
                throw CommandFailure.Usage("--prefetch is at most 65535, and --ack-each at most --prefetch: a consumer would wait for ever.");
            }

            if (duration > LongestRun)
            {
                throw CommandFailure.Usage($"--duration is at most {LongestRun} seconds.");
            }

            var queue = invocation.Get(_queue) ?? _ownQueue;
            return new LoadOptions
            {
                Publishers = invocation.Get(_publishers),
                Consumers = invocation.Get(_consumers),
                Size = invocation.Get(_size),
                Confirms = invocation.Get(_confirm),
                Prefetch = prefetch,
                AckEach = ackEach,
                Rate = invocation.Get(_rate),
                Duration = TimeSpan.FromSeconds(duration),
                Persistent = invocation.Get(_persistent),
                Exchange = invocation.Get(_exchange)!,
                Key = invocation.Get(_key) ?? queue,
                Queue = queue,
            };
        }
    }
}
