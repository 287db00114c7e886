using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using OrleansBroker.Tests.Gateway.Wire;
using Xunit.Abstractions;

namespace OrleansBroker.Tests.Differential;

/// <summary>Random scripts of AMQP methods, run against RabbitMQ and against this broker: what is not listed as deliberate is the same.</summary>
[Collection(OneGateway.Name)]
public sealed class DifferentialTests(GatewaySilo silo, ITestOutputHelper output)
{
    private const int DefaultScripts = 1000;
    private const int SideBySide = 6;
    private const int MostTold = 40;

    [DifferentialFact]
    public async Task Random_scripts_are_answered_as_RabbitMQ_answers_them()
    {
        var scripts = Setting("ORLEANSBROKER_DIFFERENTIAL_SCRIPTS") ?? DefaultScripts;
        var seed = Setting("ORLEANSBROKER_DIFFERENTIAL_SEED") ?? Random.Shared.Next();
        output.WriteLine($"ORLEANSBROKER_DIFFERENTIAL_SEED={seed}, {scripts} scripts");
        var run = new ScriptRun(DifferentialFactAttribute.RabbitMq, new IPEndPoint(IPAddress.Loopback, silo.Port));
        var found = new ConcurrentDictionary<(string, string), (int Seed, Difference Difference)>();
        var count = 0;
        await Parallel.ForEachAsync(
            Enumerable.Range(0, scripts),
            new ParallelOptions { MaxDegreeOfParallelism = SideBySide },
            async (number, _) =>
            {
                if (await run.CompareAsync(number % 2 == 0 ? new RandomScript(seed + number).Steps() : new RandomScenario(seed + number).Steps()) is { } difference)
                {
                    Interlocked.Increment(ref count);
                    found.TryAdd((difference.RabbitMq, difference.Ours), (seed + number, difference));
                }
            });
        if (found.IsEmpty)
        {
            return;
        }

        output.WriteLine($"{count} scripts differ, in {found.Count} ways");
        foreach (var (_, (scriptSeed, difference)) in found.Take(MostTold))
        {
            output.WriteLine($"Seed {scriptSeed}\n{await run.ShortenAsync(difference)}\n");
        }

        Assert.Fail($"{count} of {scripts} scripts are answered in {found.Count} ways that RabbitMQ does not have; the output has them.");
    }

    private static int? Setting(string name) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : null;
}
