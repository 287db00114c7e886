using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using OrleansBroker.ClientLib;
using OrleansBroker.Tests.PostgreSql;
using OrleansBroker.Tests.SiloProcesses;
using Xunit.Abstractions;

namespace OrleansBroker.Tests.Balance;

/// <summary>A silo joins others that are at work, and gets its share.</summary>
[Collection(SiloProcessCollection.Name)]
public sealed class JoiningTests(ITestOutputHelper output) : SharedDatabaseTest
{
    private const int Queues = 30;

    // The goal is 1 s; the machine may be busy with something else.
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Share = TimeSpan.FromMinutes(1);

    [PostgreSqlFact]
    public async Task A_silo_that_joins_gets_its_share_while_messages_flow_and_none_is_lost_repeated_or_late()
    {
        await using var first = await StartAsync();
        await using var second = await StartAsync();
        await using var publishing = await Connection.OpenAsync(first.Address);
        await using var consuming = await Connection.OpenAsync(second.Address);
        var traffic = new List<SteadyTraffic>();
        for (var queue = 0; queue < Queues; queue++)
        {
            await publishing.CreateQueueAsync($"queue-{queue}");
            traffic.Add(new SteadyTraffic($"queue-{queue}", publishing, consuming));
        }

        traffic.ForEach(each => each.Start());
        await Eventually.Async(() => Task.FromResult(traffic.TrueForAll(each => each.Received > 10)));
        await using var joined = await StartAsync();
        var clock = Stopwatch.StartNew();
        await Eventually.Async(async () => (await OpenQueuesAsync(joined)).Values.Min() >= Queues / 4);
        output.WriteLine($"Shared out {clock.Elapsed} after it had joined: {string.Join(", ", (await OpenQueuesAsync(first)).Values)}");
        Assert.True(clock.Elapsed < Share, $"It took {clock.Elapsed}.");
        var received = traffic.ConvertAll(each => each.Received);
        await Eventually.Async(() => Task.FromResult(traffic.Zip(received).All(pair => pair.First.Received > pair.Second + 50)));
        await Task.WhenAll(traffic.Select(each => each.StopAsync(TimeSpan.FromSeconds(30))));

        var longest = traffic.Max(each => each.LongestGap);
        output.WriteLine($"{traffic.Sum(each => each.Received)} messages, the longest pause of a consumer was {longest}");
        traffic.ForEach(each => each.Dispose());
        Assert.Empty(traffic.SelectMany(each => each.Violations));
        Assert.True(longest < LongestPause, $"A consumer waited for {longest}.");
    }

    [PostgreSqlFact]
    public async Task A_queue_whose_consumer_works_on_a_message_stays_and_those_that_rest_go()
    {
        // Those that rest must not fall asleep before they are moved.
        string[] often = ["--Broker:Balance:Interval", "00:00:01", "--Broker:Balance:Rest", "00:00:01", "--Broker:Queues:Idle", "00:10:00"];
        await using var first = await StartAsync(often);
        await using var connection = await Connection.OpenAsync(first.Address);
        List<(IAsyncEnumerator<Delivery> Consumer, Delivery Held)> working = [];
        for (var queue = 0; queue < Queues / 2; queue++)
        {
            await connection.CreateQueueAsync($"working-{queue}");
            await connection.PublishBatchAsync(["one", "two"], queue: $"working-{queue}");
            var consumer = connection.ReadAllAsync($"working-{queue}", prefetch: 1).GetAsyncEnumerator();
            Assert.True(await consumer.MoveNextAsync());
            working.Add((consumer, consumer.Current));
            await connection.CreateQueueAsync($"resting-{queue}");
            await using var resting = await connection.SubscribeAsync(_ => Task.CompletedTask, $"resting-{queue}");
        }

        await using var joined = await StartAsync(often);
        for (var queue = 0; queue < Queues / 2; queue++)
        {
            await connection.PublishAsync("wakes it", queue: $"resting-{queue}");
        }

        await Eventually.Async(async () => (await OpenQueuesAsync(joined)).Values.Min() >= Queues / 4);
        foreach (var (consumer, held) in working)
        {
            await held.AckAsync();
            Assert.True(await consumer.MoveNextAsync());
            Assert.Equal(("two", false), (consumer.Current.Text, consumer.Current.Redelivered));
            await consumer.DisposeAsync();
        }
    }

    private static async Task<Dictionary<string, int>> OpenQueuesAsync(SiloProcess silo)
    {
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{silo.HttpPort}") };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("guest:guest")));
        var nodes = JsonNode.Parse(await http.GetStringAsync("/api/nodes"))!.AsArray();
        return nodes.ToDictionary(node => (string)node!["name"]!, node => (int)node!["queues"]!);
    }
}
