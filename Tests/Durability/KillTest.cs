using System.Diagnostics;
using OrleansBroker.ClientLib;
using OrleansBroker.Tests.SiloProcesses;
using Xunit.Abstractions;

namespace OrleansBroker.Tests.Durability;

/// <summary>
/// A real silo with RocksDB is killed (-9) at random moments while publishers publish with confirms and consumers ack and return.
/// Some of them keep their connection over all kills, some open a new one each round. At last the queue is drained and the judge
/// looks at what everybody saw. Once with each kind of client.
/// </summary>
[Collection(SiloProcessCollection.Name)]
public class KillTest(ITestOutputHelper output)
{
    private const int NativeRounds = 20;
    private const int AmqpRounds = 6;
    private const int MessagesInRound = 200;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly History _history = new();

    [Fact]
    public Task A_silo_that_is_killed_at_random_moments_keeps_its_word() =>
        RunAsync(NativeRounds, (silo, seed) => new NativeKillWorkers(silo.Address, seed, _history));

    [Fact]
    public Task A_silo_that_is_killed_at_random_moments_keeps_its_word_to_AMQP_clients() =>
        RunAsync(AmqpRounds, (silo, seed) => new AmqpKillWorkers(silo, seed, _history));

    private static int? Setting(string name) => int.TryParse(Environment.GetEnvironmentVariable(name), out var value) ? value : null;

    private async Task RunAsync(int defaultRounds, Func<SiloProcess, int, KillWorkers> workersOf)
    {
        var rounds = Setting("ORLEANSBROKER_KILL_ROUNDS") ?? defaultRounds;
        var seed = Setting("ORLEANSBROKER_KILL_SEED") ?? Random.Shared.Next();
        output.WriteLine($"ORLEANSBROKER_KILL_SEED={seed}, {rounds} rounds");
        Console.WriteLine($"Kill test: ORLEANSBROKER_KILL_SEED={seed}, {rounds} rounds");

        var random = new Random(seed);
        await using var silo = await SiloProcess.StartAsync();
        await using (var connection = await Connection.OpenAsync(silo.Address))
        {
            await connection.CreateQueueAsync(KillWorkers.Queue);
        }

        using var workers = workersOf(silo, seed);
        workers.StartLasting();
        var clock = Stopwatch.StartNew();
        for (var round = 0; round < rounds; round++)
        {
            workers.StartRound(round);

            // Everything is under way, and then it ends at any moment.
            await _history.AdvanceAsync(MessagesInRound, Patience);
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(500)), TimeProvider.System);
            await silo.KillAsync();
            var ended = workers.EndRoundAsync();
            await silo.StartAsync();
            await ended;
            output.WriteLine($"Round {round}: {_history.Confirmed} confirmed, {_history.Delivered.Count} delivered, {clock.Elapsed}");
        }

        // Only the workers that kept their connections are left: they must have come back by themselves.
        await _history.AdvanceAsync(MessagesInRound, Patience);
        output.WriteLine($"Lasting workers came back: {clock.Elapsed}");
        await workers.EndLastingAsync();
        await workers.DrainAsync(rounds);
        output.WriteLine($"Drained: {clock.Elapsed}");

        output.WriteLine($"{_history.Published.Count} published, {_history.Confirmed} confirmed, {_history.Delivered.Count} delivered, "
            + $"{_history.Delivered.Count(record => record.Redelivered)} of them redelivered");
        var violations = HistoryJudge.Violations(_history);
        Assert.True(violations.Count == 0, $"Seed {seed}: {violations.Count} violations.\n{string.Join('\n', violations.Take(20))}");
    }
}
