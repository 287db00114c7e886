using System.Buffers.Binary;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Tests.Gateway.Wire;
using OrleansBroker.Tests.Native;

namespace OrleansBroker.Tests.Gateway.Abuse;

/// <summary>
/// A client that behaves, beside those that do not: it publishes a message, waits for its confirm and its delivery, acks, and goes on.
/// Each message has to come once and in its turn.
/// </summary>
internal sealed class SteadyPeer : IAsyncDisposable
{
    private readonly WireClient _client;
    private readonly string _queue = NativeCluster.Unique("steady");
    private Task _running = Task.CompletedTask;
    private volatile bool _stopping;
    private int _count;

    private SteadyPeer(WireClient client) => _client = client;

    public static async Task<SteadyPeer> StartAsync(int port)
    {
        var peer = new SteadyPeer(await WireClient.OpenAsync(port));
        await peer._client.OpenChannelAsync();
        await peer._client.SendAsync(1, new QueueDeclare(peer._queue, QueueDeclareFlags.Exclusive, FieldTable.Empty));
        await peer._client.ExpectAsync(MethodId.QueueDeclareOk);
        await peer._client.SendAsync(1, new ConfirmSelect(NoWait: true));
        await peer._client.SendAsync(1, new BasicConsume(peer._queue, "c", BasicConsumeFlags.None, FieldTable.Empty));
        await peer._client.ExpectAsync(MethodId.BasicConsumeOk);
        peer._running = Task.Run(peer.RunAsync);
        return peer;
    }

    /// <summary>Waits until so many more messages have gone all their way.</summary>
    public async Task AdvanceAsync(int messages)
    {
        var target = Volatile.Read(ref _count) + messages;
        await NativeCluster.Until(() => _running.IsCompleted || Volatile.Read(ref _count) >= target, $"{messages} messages of a client that behaves");
        if (_running.IsCompleted)
        {
            await _running;
        }
    }

    /// <summary>Ends it, and fails where something was not as it has to be.</summary>
    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        await _running;
        await _client.DisposeAsync();
    }

    private async Task RunAsync()
    {
        for (var number = 1; !_stopping; number++)
        {
            var body = new byte[256];
            BinaryPrimitives.WriteInt32BigEndian(body, number);
            await _client.SendAsync(WireClient.Publish("", _queue, body));
            var (confirmed, delivered) = (false, false);
            while (!confirmed || !delivered)
            {
                var frame = (await _client.ReadAsync())!;
                if (frame.Method == MethodId.BasicAck)
                {
                    Assert.Equal((ulong)number, frame.As<BasicAck>().DeliveryTag);
                    confirmed = true;
                    continue;
                }

                Assert.Equal(MethodId.BasicDeliver, frame.Method);
                Assert.Equal(body, (await _client.ReadContentAsync()).Body);
                delivered = true;
            }

            await _client.SendAsync(1, new BasicAck((ulong)number, Multiple: false));
            Interlocked.Increment(ref _count);
        }
    }
}
