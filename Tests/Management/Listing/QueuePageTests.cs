using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Telemetry;

namespace OrleansBroker.Tests.Management.Listing;

/// <summary>Pages of many queues.</summary>
[Collection(OneManagement.Name)]
public class QueuePageTests(ManagementSilo silo)
{
    private const string VirtualHost = "many";
    private const int Queues = 2_500;

    [Fact]
    public async Task Pages_of_many_queues_have_each_of_them_once_and_wake_none()
    {
        var topology = silo.Services.GetRequiredService<ITopology>();
        await topology.CreateVirtualHostAsync(VirtualHost, CancellationToken.None);
        await topology.DeleteQueueAsync(new QueueId(VirtualHost, "default"), new(), CancellationToken.None);
        for (var i = 0; i < Queues; i++)
        {
            await topology.DeclareQueueAsync(new QueueDefinition { Id = new QueueId(VirtualHost, $"q{i:d4}"), Durable = true }, CancellationToken.None);
        }

        var names = new List<string>();
        for (var page = 1; page <= 6; page++)
        {
            var answer = await silo.GetAsync($"queues/{VirtualHost}?page={page}&page_size=450");
            Assert.Equal(Queues, (int)answer["total_count"]!);
            names.AddRange(answer["items"]!.AsArray().Select(item => (string)item!["name"]!));
        }

        Assert.Equal(Enumerable.Range(0, Queues).Select(i => $"q{i:d4}"), names);
        Assert.DoesNotContain(silo.Services.GetRequiredService<BrokerTelemetry>().Queues.Active, queue => queue.Queue.VirtualHost == VirtualHost);
    }

    [Fact]
    public async Task Of_more_queues_than_are_counted_anew_those_that_match_are_found_at_once_and_wake_none()
    {
        const string Crowd = "crowd";
        const int Members = 11_000;
        var topology = silo.Services.GetRequiredService<ITopology>();
        await topology.CreateVirtualHostAsync(Crowd, CancellationToken.None);
        await topology.DeleteQueueAsync(new QueueId(Crowd, "default"), new(), CancellationToken.None);
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Members),
            new ParallelOptions { MaxDegreeOfParallelism = 256 },
            async (i, cancellation) => await topology.DeclareQueueAsync(new QueueDefinition { Id = new(Crowd, $"q{i:d5}"), Durable = true }, cancellation));
        Assert.Equal(Members, (int)(await silo.GetAsync($"queues/{Crowd}?page=1"))["total_count"]!);

        await topology.DeclareQueueAsync(new QueueDefinition { Id = new(Crowd, "q05000a"), Durable = true }, CancellationToken.None);
        await topology.DeleteQueueAsync(new QueueId(Crowd, "q05001"), new(), CancellationToken.None);
        await topology.DeleteQueueAsync(new QueueId(Crowd, "q05002"), new(), CancellationToken.None);
        await topology.DeclareQueueAsync(new QueueDefinition { Id = new(Crowd, "q05002"), Durable = true }, CancellationToken.None);

        var page = await silo.GetAsync($"queues/{Crowd}?page=1&page_size=3&name=Q0500");
        Assert.Equal(["q05000", "q05000a", "q05002"], Names(page));
        Assert.Equal((10, Members), ((int)page["filtered_count"]!, (int)page["total_count"]!));
        Assert.Equal(["q05002", "q05003"], Names(await silo.GetAsync($"queues/{Crowd}?page=1&name=^q0500[1-3]$&use_regex=true")));
        Assert.Equal(["q05000a", "q05000"], Names(await silo.GetAsync($"queues/{Crowd}?page=3000&page_size=2&sort=name&sort_reverse=true")));
        Assert.Equal(["q05001a"], await AfterDeclaringAsync("q05001a"));
        Assert.Equal(400, (await silo.RefusalAsync(HttpMethod.Get, $"queues/{Crowd}?page=9&name=q0500")).Status);
        Assert.DoesNotContain(silo.Services.GetRequiredService<BrokerTelemetry>().Queues.Active, queue => queue.Queue is { VirtualHost: Crowd, Name: not ("q05001" or "q05002") });

        async Task<string[]> AfterDeclaringAsync(string name)
        {
            await topology.DeclareQueueAsync(new QueueDefinition { Id = new(Crowd, name), Durable = true }, CancellationToken.None);
            return Names(await silo.GetAsync($"queues/{Crowd}?page=1&name={name}&sort=name"));
        }
    }

    [Fact]
    public async Task Names_of_several_virtual_hosts_are_sorted_as_one_list()
    {
        var topology = silo.Services.GetRequiredService<ITopology>();
        foreach (var (virtualHost, names) in ((string, string[])[])[("merge-a", ["merged-1", "merged-4"]), ("merge-b", ["merged-1", "merged-2", "merged-5"])])
        {
            await topology.CreateVirtualHostAsync(virtualHost, CancellationToken.None);
            foreach (var name in names)
            {
                await topology.DeclareQueueAsync(new QueueDefinition { Id = new(virtualHost, name), Durable = true }, CancellationToken.None);
            }
        }

        string[] sorted = ["merge-a/merged-1", "merge-b/merged-1", "merge-b/merged-2", "merge-a/merged-4", "merge-b/merged-5"];
        Assert.Equal(sorted, Places(await silo.GetAsync("queues?page=1&name=merged&sort=name")));
        Assert.Equal(sorted.Reverse(), Places(await silo.GetAsync("queues?page=1&name=merged&sort=name&sort_reverse=true")));
        var page = await silo.GetAsync("queues?page=2&page_size=2&name=merged");
        Assert.Equal(["merge-b/merged-1", "merge-b/merged-2"], Places(page));
        Assert.Equal(5, (int)page["filtered_count"]!);
        Assert.Equal(["merge-b/merged-5", "merge-b/merged-2"], Places(await silo.GetAsync("queues?page=1&page_size=2&name=merged&sort_reverse=true")));
    }

    private static string[] Names(JsonNode page) => [.. page["items"]!.AsArray().Select(item => (string)item!["name"]!)];

    private static string[] Places(JsonNode page) => [.. page["items"]!.AsArray().Select(item => $"{(string)item!["vhost"]!}/{(string)item!["name"]!}")];

    [Fact]
    public void An_outline_leads_to_the_mark_before_what_is_looked_for()
    {
        var outline = new QueueOutline(35, 10, ["j", "t", "z"]);
        Assert.Equal((null, 0), outline.Seek(9));
        Assert.Equal(("j", 10), outline.Seek(10));
        Assert.Equal(("t", 20), outline.Seek(29));
        Assert.Equal(("z", 30), outline.Seek(1_000));
    }
}
