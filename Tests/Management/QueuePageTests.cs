using Microsoft.Extensions.DependencyInjection;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Telemetry;

namespace OrleansBroker.Tests.Management;

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
    public void An_outline_leads_to_the_mark_before_what_is_looked_for()
    {
        var outline = new QueueOutline(35, 10, ["j", "t", "z"]);
        Assert.Equal((null, 0), outline.Seek(9));
        Assert.Equal(("j", 10), outline.Seek(10));
        Assert.Equal(("t", 20), outline.Seek(29));
        Assert.Equal(("z", 30), outline.Seek(1_000));
    }
}
