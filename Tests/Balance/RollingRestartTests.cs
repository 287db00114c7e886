using OrleansBroker.ClientLib;
using OrleansBroker.Tests.Durability;
using OrleansBroker.Tests.PostgreSql;
using OrleansBroker.Tests.SiloProcesses;
using Xunit.Abstractions;

namespace OrleansBroker.Tests.Balance;

/// <summary>Three silos are told to stop and started again, one after the other, while AMQP clients are at work.</summary>
[Collection(SiloProcessCollection.Name)]
public sealed class RollingRestartTests(ITestOutputHelper output) : SharedDatabaseTest
{
    private const int Queues = 4;
    private const int Silos = 3;
    private const int ConnectionForced = 320;

    // The goal is 5 s; the machine may be busy with something else.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [PostgreSqlFact]
    public async Task A_rolling_restart_loses_nothing_confirmed_repeats_nothing_without_the_mark_and_keeps_nobody_waiting()
    {
        var silos = new List<SiloProcess>();
        try
        {
            for (var i = 0; i < Silos; i++)
            {
                silos.Add(await StartAsync());
            }

            await RunAsync(silos);
        }
        finally
        {
            foreach (var silo in silos)
            {
                await silo.DisposeAsync();
            }
        }
    }

    private async Task RunAsync(List<SiloProcess> silos)
    {
        var histories = new List<History>();
        var clients = new List<RestartClients>();
        for (var queue = 0; queue < Queues; queue++)
        {
            await using var connection = await Connection.OpenAsync(silos[queue % Silos].Address);
            await connection.CreateQueueAsync($"rolling-{queue}");
            histories.Add(new History());
            clients.Add(new RestartClients(silos, $"rolling-{queue}", histories[^1]));
            clients[^1].Start(publishers: 2, consumers: 2);
        }

        for (var i = 0; i < Silos; i++)
        {
            await Task.WhenAll(histories.Select(history => history.AdvanceAsync(200, Patience)));
            Assert.Equal(0, await silos[i].TerminateAsync());
            await silos[i].StartAsync();
        }

        await Task.WhenAll(histories.Select(history => history.AdvanceAsync(200, Patience)));
        await Task.WhenAll(clients.Select(each => each.StopPublishingAsync()));
        await Eventually.Async(() => Task.FromResult(histories.TrueForAll(history => HistoryJudge.Violations(history).Count == 0)));
        await Task.WhenAll(clients.Select(each => each.StopConsumingAsync()));

        output.WriteLine($"{histories.Sum(history => history.Confirmed)} confirmed, {histories.Sum(history => history.Published.Count)} published; longest without a confirm "
            + $"{clients.Max(each => each.LongestConfirm)}, without a delivery {clients.Max(each => each.LongestDelivery)}; "
            + $"{clients.Sum(each => each.Repeated.Count)} acked came again, {histories.Sum(history => history.Delivered.Count(one => one.Redelivered))} redelivered; "
            + $"{clients.Sum(each => each.Goodbyes.Count)} goodbyes");
        Assert.Empty(histories.SelectMany(HistoryJudge.Violations));
        Assert.NotEmpty(clients.SelectMany(each => each.Goodbyes));
        Assert.All(clients.SelectMany(each => each.Goodbyes), goodbye => Assert.Equal(ConnectionForced, goodbye.ReplyCode));
        Assert.True(clients.Max(each => each.LongestConfirm) < LongestWait, "A publisher waited too long.");
        Assert.True(clients.Max(each => each.LongestDelivery) < LongestWait, "A consumer waited too long.");
        clients.ForEach(each => each.Dispose());
    }
}
