using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Options;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Publishing;
using OrleansBroker.Grains.Routing;

namespace OrleansBroker.Benchmarks.Routing;

/// <summary>
/// Routes over one topic exchange with 100,000 bindings on one core. Patterns have four words: of a thousand, 500 have a "*", 200 end
/// with "#", two begin with it, the others are plain. Each message's key is made to match a binding that is drawn at random, out of
/// 16,384 keys. Once by the tables alone, and once as publishers do it: with the silo's cache of routes before the tables.
/// </summary>
internal static class RoutingBenchmark
{
    private const string VirtualHost = "/";
    private const int Bindings = 100_000;
    private const int Keys = 16_384;
    private const int RoutesPerRound = 1_000_000;
    private const int Rounds = 9;
    private const int Updates = 10_000;

    /// <summary>Runs it; there are no options.</summary>
    public static Task<int> RunAsync(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        var random = new Random(1);
        var exchange = new ExchangeDefinition { Id = new ExchangeId(VirtualHost, "events"), Type = "topic" };
        var bindings = Enumerable.Range(0, Bindings).Select(i => Binding(exchange.Id, i, random)).ToArray();
        var busy = Environment.CpuUsage.TotalTime;
        var table = RoutingTable.Create(exchange, 1, bindings);
        Report($"{table.BindingCount:N0} topic bindings, table made in {(Environment.CpuUsage.TotalTime - busy).TotalMilliseconds:N0} ms");

        var messages = Enumerable.Range(0, Keys)
            .Select(_ => new BrokerMessage("events", KeyFor(bindings[random.Next(Bindings)], random), default, default))
            .ToArray();
        MeasureUpdates(table, exchange.Id, random);
        MeasureRoutes("by the tables alone", messages, new FromTables(new Source(table)));
        MeasureRoutes("by cache and tables", messages, new FromCache(new Source(table)));
        return Task.FromResult(0);
    }

    private static void MeasureUpdates(RoutingTable table, ExchangeId exchange, Random random)
    {
        var bindings = Enumerable.Range(Bindings, Updates).Select(i => Binding(exchange, i, random)).ToArray();
        var busy = Environment.CpuUsage.TotalTime;
        foreach (var binding in bindings)
        {
            table = table.WithBinding(binding, table.Version + 1);
        }

        var bound = Environment.CpuUsage.TotalTime - busy;
        busy = Environment.CpuUsage.TotalTime;
        foreach (var binding in bindings)
        {
            table = table.WithoutBinding(binding, table.Version + 1);
        }

        var unbound = Environment.CpuUsage.TotalTime - busy;
        Report($"bind {bound.TotalMicroseconds / Updates:N2} us, unbind {unbound.TotalMicroseconds / Updates:N2} us");
    }

    private static void MeasureRoutes(string how, BrokerMessage[] messages, IRouter router)
    {
        var rates = new double[Rounds];
        Route(router, messages);
        var destinations = 0L;
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var busy = Environment.CpuUsage.TotalTime;
        for (var round = 0; round < Rounds; round++)
        {
            var started = Stopwatch.GetTimestamp();
            destinations = Route(router, messages);
            rates[round] = RoutesPerRound / Stopwatch.GetElapsedTime(started).TotalSeconds;
        }

        busy = Environment.CpuUsage.TotalTime - busy;
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        Array.Sort(rates);
        Report($"{how}, routes/s on one core: min {rates[0]:N0}, median {rates[Rounds / 2]:N0}, max {rates[^1]:N0} ({Rounds} rounds of {RoutesPerRound:N0})");
        Report($"  per second of processor time (what other processes take is not counted): {Rounds * RoutesPerRound / busy.TotalSeconds:N0}");
        Report($"  destinations per route {(double)destinations / RoutesPerRound:N2}; allocated per route {(double)allocated / Rounds / RoutesPerRound:N3} B");
    }

    private static long Route(IRouter router, BrokerMessage[] messages)
    {
        var destinations = 0L;
        for (var i = 0; i < RoutesPerRound; i++)
        {
            destinations += router.Route(messages[i & (Keys - 1)]);
        }

        return destinations;
    }

    // The words of a key: region (32), service (500), kind of event (50), tenant (5,000).
    private static string[] Words(Random random) =>
        [Word("region", 32, random), Word("service", 500, random), Word("event", 50, random), Word("tenant", 5_000, random)];

    private static string Word(string name, int count, Random random) => name + random.Next(count).ToString(CultureInfo.InvariantCulture);

    private static BindingDefinition Binding(ExchangeId exchange, int number, Random random)
    {
        var words = Words(random);
        var pattern = (number % 1_000) switch
        {
            < 2 => $"#.{words[3]}",
            < 400 => $"{words[0]}.{words[1]}.*.{words[3]}",
            < 600 => $"{words[0]}.{words[1]}.{words[2]}.#",
            < 700 => $"*.{words[1]}.{words[2]}.{words[3]}",
            _ => string.Join('.', words),
        };
        return new BindingDefinition
        {
            Source = exchange,
            Destination = new Destination(DestinationKind.Queue, string.Create(CultureInfo.InvariantCulture, $"queue-{number}")),
            RoutingKey = pattern,
        };
    }

    /// <summary>A key that the binding's pattern matches, among others that may.</summary>
    private static string KeyFor(BindingDefinition binding, Random random)
    {
        var words = Words(random);
        var pattern = binding.RoutingKey.Split('.');
        for (var i = 0; i < words.Length; i++)
        {
            var word = pattern[0] == "#" ? pattern[Math.Max(0, i + pattern.Length - words.Length)] : pattern[i];
            words[i] = word is "*" or "#" ? words[i] : word;
        }

        return string.Join('.', words);
    }

    private static void Report(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private interface IRouter
    {
        /// <summary>Routes a message and returns how many destinations it has.</summary>
        int Route(BrokerMessage message);
    }

    private sealed class FromTables(Source source) : IRouter
    {
        private readonly RouteResult _result = new();

        public int Route(BrokerMessage message)
        {
            MessageRouter.TryRoute(source, VirtualHost, message, deadLetter: false, _result);
            return _result.Destinations.Length;
        }
    }

    private sealed class FromCache(Source source) : IRouter
    {
        private readonly RouteCache _cache = new(Options.Create(new PublishingOptions()));
        private readonly RouteResult _result = new();

        public int Route(BrokerMessage message)
        {
            if (_cache.Find(VirtualHost, message.Exchange, message.RoutingKey, generation: 1) is { } known && !MessageRouter.MayNameFurtherKeys(message))
            {
                return known.Destinations.Length;
            }

            MessageRouter.TryRoute(source, VirtualHost, message, deadLetter: false, _result);
            _cache.Keep(VirtualHost, message.Exchange, message.RoutingKey, new CachedRoute
            {
                Generation = 1,
                Outcome = _result.Outcome,
                Links = [],
                Destinations = _result.Destinations.ToArray(),
            });
            return _result.Destinations.Length;
        }
    }

    private sealed class Source(RoutingTable table) : IRoutingTableSource
    {
        private readonly Dictionary<ExchangeId, RoutingTable> _tables = new() { [table.Exchange.Id] = table };

        public bool TryGetTable(ExchangeId id, out RoutingTable? table)
        {
            _tables.TryGetValue(id, out table);
            return true;
        }
    }
}
