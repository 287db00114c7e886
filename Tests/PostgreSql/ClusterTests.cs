using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using OrleansBroker.ClientLib;
using OrleansBroker.Tests.Durability;
using OrleansBroker.Tests.Native;
using OrleansBroker.Tests.SiloProcesses;
using Xunit.Abstractions;

namespace OrleansBroker.Tests.PostgreSql;

/// <summary>Real silos that share a database: clients at different ones, and silos that die or leave.</summary>
[Collection(SiloProcessCollection.Name)]
public sealed class ClusterTests(ITestOutputHelper output) : SharedDatabaseTest
{
    private const int Queues = 30;
    private const int Messages = 100;
    private const int KillRounds = 6;
    private const int PauseRounds = 2;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly MessageProperties Transient = new() { Persistent = false };

    [PostgreSqlFact]
    public async Task When_a_silo_is_killed_its_queues_are_back_elsewhere_with_every_confirmed_message()
    {
        await using var first = await StartAsync();
        await using var second = await StartAsync();
        await using var killed = await StartAsync();
        await using var connection = await Connection.OpenAsync(first.Address);
        await using var other = await Connection.OpenAsync(second.Address);
        await using (var doomed = await Connection.OpenAsync(killed.Address))
        {
            for (var queue = 0; queue < Queues; queue++)
            {
                await (queue % 3 == 0 ? connection : doomed).CreateQueueAsync(Name(queue));
                await doomed.PublishBatchAsync(Texts(queue), queue: Name(queue));
            }

            await killed.KillAsync();
        }

        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Queues).Select(queue => other.PublishAsync("after", queue: Name(queue))));
        output.WriteLine($"All queues confirmed again after {clock.Elapsed}.");
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"It took {clock.Elapsed}.");
        Assert.True((long)(await QueryAsync("select count(*) from queue where epoch > 1"))! > 0, "No queue was on the silo that was killed.");
        for (var queue = 0; queue < Queues; queue++)
        {
            Assert.Equal(Texts(queue).Append("after"), await ReadAsync(connection, Name(queue), Messages + 1));
        }
    }

    [PostgreSqlFact]
    public async Task A_silo_is_critical_while_no_other_one_would_go_on_with_its_queues()
    {
        await using var first = await StartAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await CriticalAsync(first));
        await using var second = await StartAsync();
        await NativeCluster.Until(async () => await CriticalAsync(first) == HttpStatusCode.OK, "the first silo sees the second");
        await NativeCluster.Until(async () => await CriticalAsync(second) == HttpStatusCode.OK, "the second silo sees the first");
        await second.KillAsync();
        await NativeCluster.Until(async () => await CriticalAsync(first) == HttpStatusCode.ServiceUnavailable, "the first silo misses the second");
    }

    private static async Task<HttpStatusCode> CriticalAsync(SiloProcess silo)
    {
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String("guest:guest"u8));
        using var response = await client.GetAsync(new Uri($"http://127.0.0.1:{silo.HttpPort}/api/health/checks/node-is-quorum-critical"));
        return response.StatusCode;
    }

    [PostgreSqlFact]
    public async Task When_a_silo_is_told_to_stop_its_queues_move_with_their_transient_messages()
    {
        await using var staying = await StartAsync();
        await using var leaving = await StartAsync();
        await using (var connection = await Connection.OpenAsync(leaving.Address))
        {
            for (var queue = 0; queue < Queues; queue++)
            {
                await connection.CreateQueueAsync(Name(queue));
                await connection.PublishBatchAsync(Texts(queue), queue: Name(queue), properties: queue % 2 == 0 ? Transient : null);
            }
        }

        Assert.Equal(0, await leaving.TerminateAsync());
        await using var left = await Connection.OpenAsync(staying.Address);
        for (var queue = 0; queue < Queues; queue++)
        {
            Assert.Equal(Texts(queue), await ReadAsync(left, Name(queue), Messages));
        }

        Assert.True((long)(await QueryAsync("select count(*) from queue where epoch > 1"))! > 0, "No queue was on the silo that left.");
    }

    [PostgreSqlFact]
    public async Task Silos_of_a_cluster_that_are_killed_in_turn_keep_their_word()
    {
        var history = new History();
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        await using var first = await StartAsync();
        await using var second = await StartAsync();
        await using (var connection = await Connection.OpenAsync(first.Address))
        {
            await connection.CreateQueueAsync(KillWorkers.Queue);
        }

        using var workers = new NativeKillWorkers(first.Address, seed, history);
        using var others = new NativeKillWorkers(second.Address, seed + 1000, history, firstWorker: 1000);
        workers.StartLasting();
        others.StartLasting();
        for (var round = 0; round < KillRounds; round++)
        {
            workers.StartRound(round);
            others.StartRound(round);
            await history.AdvanceAsync(200, Patience);
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(500)), TimeProvider.System);
            var victim = round % 2 == 0 ? second : first;
            await victim.KillAsync();
            var ended = Task.WhenAll(workers.EndRoundAsync(), others.EndRoundAsync());
            await history.AdvanceAsync(50, Patience);
            await victim.StartAsync();
            await ended;
            output.WriteLine($"Round {round}: {history.Confirmed} confirmed, {history.Delivered.Count} delivered");
        }

        await history.AdvanceAsync(200, Patience);
        await Task.WhenAll(workers.EndLastingAsync(), others.EndLastingAsync());
        await workers.DrainAsync(KillRounds);
        var violations = HistoryJudge.Violations(history);
        Assert.True(violations.Count == 0, $"Seed {seed}: {violations.Count} violations.\n{string.Join('\n', violations.Take(20))}");
    }

    [PostgreSqlFact]
    public async Task A_silo_that_was_paused_and_replaced_spoils_nothing_when_it_goes_on()
    {
        var history = new History();
        await using var staying = await StartAsync();
        await using var paused = await StartAsync();
        await using (var connection = await Connection.OpenAsync(paused.Address))
        {
            await connection.CreateQueueAsync(KillWorkers.Queue);
        }

        using var workers = new NativeKillWorkers(staying.Address, Random.Shared.Next(), history);
        using var others = new NativeKillWorkers(paused.Address, Random.Shared.Next(), history, firstWorker: 1000);
        workers.StartLasting();
        others.StartLasting();
        for (var round = 0; round < PauseRounds; round++)
        {
            workers.StartRound(round);
            others.StartRound(round);
            await history.AdvanceAsync(200, Patience);
            await paused.PauseAsync();
            await history.AdvanceAsync(200, Patience);
            output.WriteLine($"Round {round}: replaced, {history.Confirmed} confirmed");
            await paused.ResumeAsync();
            await history.AdvanceAsync(200, Patience);
            await paused.KillAsync();
            await paused.StartAsync();
            await Task.WhenAll(workers.EndRoundAsync(), others.EndRoundAsync());
        }

        await history.AdvanceAsync(200, Patience);
        await Task.WhenAll(workers.EndLastingAsync(), others.EndLastingAsync());
        await workers.DrainAsync(PauseRounds);
        var violations = HistoryJudge.Violations(history);
        Assert.True(violations.Count == 0, $"{violations.Count} violations.\n{string.Join('\n', violations.Take(20))}");
    }

    private static string Name(int queue) => $"queue-{queue}";

    private static IEnumerable<string> Texts(int queue) => Enumerable.Range(0, Messages).Select(i => $"{queue}-{i}");

    private static async Task<List<string>> ReadAsync(Connection connection, string queue, int count)
    {
        using var patience = new CancellationTokenSource(Patience);
        var texts = new List<string>();
        await foreach (var delivery in connection.ReadAllAsync(queue, cancellationToken: patience.Token))
        {
            texts.Add(delivery.Text);
            await delivery.AckAsync();
            if (texts.Count == count)
            {
                break;
            }
        }

        return texts;
    }
}
