using OrleansBroker.Benchmarks.Amqp;
using OrleansBroker.Benchmarks.Amqp.Servers;
using OrleansBroker.Benchmarks.Clusters;
using OrleansBroker.Benchmarks.Delays;
using OrleansBroker.Benchmarks.Load;
using OrleansBroker.Benchmarks.Management;
using OrleansBroker.Benchmarks.Processes;
using OrleansBroker.Benchmarks.Routing;
using OrleansBroker.Benchmarks.Storage;

// One line per benchmark: the first argument names it, the others are its own.
var benchmarks = new SortedDictionary<string, Func<string[], Task<int>>>(StringComparer.Ordinal)
{
    ["amqp"] = AmqpBenchmark.RunAsync,
    ["amqp-load"] = AmqpLoadProcess.RunAsync,
    ["amqp-relay"] = FrameRelay.RunAsync,
    ["backlog"] = BacklogBenchmark.RunAsync,
    ["broker"] = BrokerProcess.RunAsync,
    ["delayed"] = DelayedBenchmark.RunAsync,
    ["failover"] = FailoverBenchmark.RunAsync,
    ["fanout"] = FanoutBenchmark.RunAsync,
    ["growth"] = GrowthBenchmark.RunAsync,
    ["idle-queues"] = IdleQueuesBenchmark.RunAsync,
    ["joining"] = JoiningBenchmark.RunAsync,
    ["latency"] = LatencyBenchmark.RunAsync,
    ["management"] = ManagementBenchmark.RunAsync,
    ["many-queues"] = ManyQueuesBenchmark.RunAsync,
    ["queue-pages"] = QueuePagesBenchmark.RunAsync,
    ["routing"] = RoutingBenchmark.RunAsync,
    ["store"] = StoreBenchmark.RunAsync,
    ["throughput"] = ThroughputBenchmark.RunAsync,
};

if (args.Length > 0 && benchmarks.TryGetValue(args[0], out var benchmark))
{
    return await benchmark(args[1..]);
}

Console.Error.WriteLine($"usage: dotnet run -c Release --project Benchmarks -- <{string.Join('|', benchmarks.Keys)}> [options]");
return 1;
