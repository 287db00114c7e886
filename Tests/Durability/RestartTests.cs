using OrleansBroker.ClientLib;
using OrleansBroker.Tests.SiloProcesses;

namespace OrleansBroker.Tests.Durability;

/// <summary>What is there again after a silo's end, depending on how it ended.</summary>
[Collection(SiloProcessCollection.Name)]
public class RestartTests
{
    private const int Messages = 300;

    private static readonly MessageProperties Transient = new() { Persistent = false };

    [Fact]
    public async Task A_graceful_stop_loses_nothing_not_even_transient_messages()
    {
        await using var silo = await SiloProcess.StartAsync();
        await PublishAsync(silo);
        Assert.Equal(0, await silo.TerminateAsync());
        await silo.StartAsync();
        Assert.Equal(Expected(persistent: true).Concat(Expected(persistent: false)), await ReadAsync(silo, 2 * Messages));
    }

    [Fact]
    public async Task A_killed_silo_has_its_definitions_and_its_persistent_messages_and_no_transient_ones()
    {
        await using var silo = await SiloProcess.StartAsync();
        await PublishAsync(silo);
        await silo.KillAsync();
        await silo.StartAsync();
        Assert.Equal(Expected(persistent: true), await ReadAsync(silo, Messages));
        await using var connection = await Connection.OpenAsync(silo.Address);
        Assert.Equal(0, (await connection.GetQueueAsync("kept")).Messages);
    }

    private static IEnumerable<string> Expected(bool persistent) => Enumerable.Range(0, Messages).Select(i => $"{(persistent ? "p" : "t")}{i}");

    private static async Task PublishAsync(SiloProcess silo)
    {
        await using var connection = await Connection.OpenAsync(silo.Address);
        await connection.CreateExchangeAsync("all", ExchangeType.Fanout);
        await connection.CreateQueueAsync("kept", exchange: "all");
        await connection.PublishBatchAsync(Expected(persistent: true), exchange: "all");
        await connection.PublishBatchAsync(Expected(persistent: false), exchange: "all", properties: Transient);
    }

    private static async Task<List<string>> ReadAsync(SiloProcess silo, int count)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await using var connection = await Connection.OpenAsync(silo.Address, cancellationToken: patience.Token);
        var texts = new List<string>();
        await foreach (var delivery in connection.ReadAllAsync("kept", cancellationToken: patience.Token))
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
