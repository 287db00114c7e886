using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Gateway.Channels;
using OrleansBroker.Gateway.Consuming;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Publishing;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Replies;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Interfaces.Tracing;
using OrleansBroker.Tests.Native;

namespace OrleansBroker.Tests.Gateway.Consuming;

/// <summary>A connection's consuming side on a silo of the cluster, channels with recorded output, and a queue to consume.</summary>
internal sealed class ChannelBench(NativeCluster cluster, string user = "guest", bool canBeCancelled = true, TimeProvider? time = null) : IAsyncDisposable
{
    private readonly Guid _connection = Guid.NewGuid();
    private ConnectionConsuming? _consuming;

    public IReplies Replies => cluster.Silo.GetRequiredService<IReplies>();

    private IGrainFactory Grains => cluster.Silo.GetRequiredService<IGrainFactory>();

    private ITopology Topology => cluster.Silo.GetRequiredService<ITopology>();

    public (ChannelConsuming Channel, RecordingOutput Output) OpenChannel(int frameMax = 4096)
    {
        _consuming ??= new ConsumingFactory(
            Grains,
            cluster.Silo.GetRequiredService<ILocalSiloDetails>(),
            cluster.Silo.GetRequiredService<IAccessControl>(),
            Replies,
            cluster.Silo.GetRequiredService<IFirehose>(),
            time ?? TimeProvider.System,
            NullLogger<ConsumingFactory>.Instance).Create(_connection, "/", user);
        var output = new RecordingOutput { FrameMax = frameMax };
        return (_consuming.CreateChannel(output, new ChannelIdentity(_connection, "/", user, canBeCancelled)), output);
    }

    public async Task<string> QueueAsync(params (string, object?)[] arguments)
    {
        var name = NativeCluster.Unique("consumed");
        await Topology.DeclareQueueAsync(
            new QueueDefinition
            {
                Id = new QueueId("/", name),
                Arguments = new FieldTable(arguments.Select(a => KeyValuePair.Create(a.Item1, a.Item2))),
            },
            CancellationToken.None);
        return name;
    }

    public Task DeleteAsync(string queue) => Topology.DeleteQueueAsync(new QueueId("/", queue), new DeleteQueueOptions(), CancellationToken.None);

    public Task PublishAsync(string queue, int from, int count) =>
        PublishAsync(queue, [.. Enumerable.Range(from, count).Select(i => $"{i}")]);

    public async Task PublishAsync(string queue, params string[] bodies)
    {
        BrokerMessage[] messages = [.. bodies.Select(b => new BrokerMessage("", queue, new byte[2], Encoding.UTF8.GetBytes(b)))];
        var receipt = await cluster.Silo.GetRequiredService<IPublisher>()
            .PublishAsync(new PublishBatch { VirtualHost = "/", Messages = new MessageBatch(messages) });
        await receipt.Confirmed;
    }

    public Task<QueueStatus> StatusAsync(string queue) => QueueOf(queue).GetStatusAsync(_connection);

    public Task UntilAsync(string queue, long ready, long unacked) => NativeCluster.Until(
        async () => await StatusAsync(queue) is var s && s.Ready == ready && s.Unacked == unacked, $"{ready} ready and {unacked} unacked");

    /// <summary>Deactivates the queue, as moving it does.</summary>
    public Task MoveAsync(string queue) =>
        QueueOf(queue).AsReference<Orleans.Core.Internal.IGrainManagementExtension>().DeactivateOnIdle().AsTask();

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _consuming, null) is { } consuming)
        {
            await consuming.DisposeAsync();
        }
    }

    private IQueueGrain QueueOf(string queue) => Grains.GetGrain<IQueueGrain>(new QueueId("/", queue).ToGrainKey());
}

/// <summary>The methods as clients send them.</summary>
internal static class ChannelMethods
{
    public static Task ConsumeAsync(
        this ChannelConsuming channel, string queue, string tag, BasicConsumeFlags flags = BasicConsumeFlags.None, FieldTable? arguments = null) =>
        channel.ConsumeAsync(new BasicConsume(queue, tag, flags, arguments ?? FieldTable.Empty), queue, CancellationToken.None);

    public static Task CancelAsync(this ChannelConsuming channel, string tag) =>
        channel.CancelAsync(new BasicCancel(tag, NoWait: false), CancellationToken.None);

    public static Task GetAsync(this ChannelConsuming channel, string queue, bool noAck = false) =>
        channel.GetAsync(new BasicGet(queue, noAck), queue, CancellationToken.None);

    public static void Prefetch(this ChannelConsuming channel, ushort count, bool global = false) => channel.Qos(new BasicQos(0, count, global));
}
