using OrleansBroker.FaultLab.History;
using OrleansBroker.FaultLab.Judging;
using OrleansBroker.FaultLab.Load;
using OrleansBroker.Tests.SiloProcesses;
using Xunit.Abstractions;

namespace OrleansBroker.Tests.FaultLab;

/// <summary>The lab's load against a silo that nothing happens to, and against one that is killed.</summary>
[Collection(SiloProcessCollection.Name)]
public class LoadTests(ITestOutputHelper output)
{
    private static readonly TimeSpan DrainLimit = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task A_silo_that_nothing_happens_to_keeps_its_word()
    {
        await using var silo = await SiloProcess.StartAsync();
        var verdict = await RunAsync(silo, (history, load) => AdvanceAsync(history, messages: 2500));
        AssertClean(verdict);
        Assert.Equal((0, 0), (verdict.TransientGone, verdict.Refused));
        Assert.InRange(verdict.FinalAcks, 1, verdict.Delivered);
    }

    [Fact]
    public async Task A_silo_that_is_killed_keeps_its_word()
    {
        await using var silo = await SiloProcess.StartAsync();
        var verdict = await RunAsync(silo, async (history, load) =>
        {
            await AdvanceAsync(history, messages: 1000);
            history.Add(HistoryEvent.FaultBegan("kill", losesMemory: true));
            await silo.KillAsync();
            await silo.StartAsync();
            history.Add(HistoryEvent.FaultEnded("kill"));
            await AdvanceAsync(history, messages: 1000);
        });
        AssertClean(verdict);
    }

    private async Task<Verdict> RunAsync(SiloProcess silo, Func<HistoryLog, LabLoad, Task> whileItRuns)
    {
        var path = Path.Combine(silo.Folder, "history.jsonl");
        var plan = new LoadPlan
        {
            Silos =
            [
                new SiloEndpoint
                {
                    Name = "silo",
                    Host = "127.0.0.1",
                    AmqpPort = silo.AmqpPort,
                    GatewayPort = silo.GatewayPort,
                    ManagementPort = silo.HttpPort,
                },
            ],
            Seed = Random.Shared.Next(1000),
        };
        output.WriteLine($"Seed {plan.Seed}");
        await using (var history = new HistoryLog(path, TimeProvider.System))
        {
            await using var load = await LabLoad.StartAsync(plan, history, CancellationToken.None);
            await whileItRuns(history, load);
            history.Add(new HistoryEvent { Kind = HistoryKind.Healed });
            await load.StopPublishingAsync();
            Assert.Null((await load.DrainAsync(DrainLimit)).Stuck);
            foreach (var (ending, count) in load.Endings)
            {
                output.WriteLine($"{count} × {ending}");
            }
        }

        var verdict = Judge.Decide(HistoryReader.Read(path));
        output.WriteLine(verdict.ToString());
        return verdict;
    }

    private static async Task AdvanceAsync(HistoryLog history, long messages)
    {
        var (confirmed, delivered) = (history.Count(HistoryKind.Confirmed) + messages, history.Count(HistoryKind.Delivered) + messages);
        using var patience = new CancellationTokenSource(DrainLimit);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (history.Count(HistoryKind.Confirmed) < confirmed || history.Count(HistoryKind.Delivered) < delivered)
        {
            await timer.WaitForNextTickAsync(patience.Token);
        }
    }

    private static void AssertClean(Verdict verdict) => Assert.True(
        verdict.IsClean,
        string.Join('\n', verdict.Violations.Select(violation =>
            $"{violation}\n  {string.Join("\n  ", violation.Evidence)}")));
}
