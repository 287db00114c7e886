using OrleansBroker.ClientLib.Connections;
using OrleansBroker.ClientLib.Consuming;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Gateway.Consuming;

/// <summary>The queues as a connection of the gateway reaches them: by calling their _grains. Who may do so is checked before.</summary>
internal sealed class GrainQueueAccess : IQueueAccess, IDisposable
{
    private readonly IGrainFactory _grains;
    private readonly SiloAddress _silo;
    private readonly CancellationTokenSource _closing = new();

    public GrainQueueAccess(IGrainFactory grains, SiloAddress silo, Guid connection, string virtualHost, TimeProvider time)
    {
        _grains = grains;
        _silo = silo;
        Host = connection;
        VirtualHost = virtualHost;
        Time = time;
        // Kept, because the source's own property throws once that is disposed.
        Closing = _closing.Token;
    }

    public Guid Host { get; }

    public string Name => "amqp";

    public string VirtualHost { get; }

    public TimeProvider Time { get; }

    /// <summary>As long as a queue that moves may take; a client that asks waits for it.</summary>
    public TimeSpan Patience { get; } = TimeSpan.FromSeconds(15);

    public CancellationToken Closing { get; }

    public IConsumer Refer(IConsumer consumer) => _grains.CreateObjectReference<IConsumer>(consumer);

    public void Forget(IConsumer reference) => _grains.DeleteObjectReference<IConsumer>(reference);

    public Task<AttachReply> AttachAsync(string queue, ConsumerAttachment attachment) =>
        QueueOf(queue).AttachAsync(attachment with { Silo = _silo });

    public async Task DetachAsync(string queue, DetachRequest request, CancellationToken cancellationToken)
    {
        for (var pause = TimeSpan.Zero; ;)
        {
            try
            {
                await QueueOf(queue).DetachAsync(request).WaitAsync(cancellationToken);
                return;
            }
            catch (Exception e) when (Session.IsTransient(e))
            {
                pause = Session.Next(pause);
            }

            await PauseAsync(pause, cancellationToken);
        }
    }

    public Task<SettleReply> SettleAsync(string queue, SettleBatch batch) => QueueOf(queue).SettleAsync(batch);

    public Task<RenewReply> RenewAsync(string queue, RenewRequest request) => QueueOf(queue).RenewAsync(request);

    public Task<GetReply> GetAsync(string queue, GetRequest request) => QueueOf(queue).GetAsync(request);

    public async Task PauseAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, Closing);
        await Task.Delay(pause, Time, either.Token);
    }

    /// <summary>Stops what waits for a queue.</summary>
    public Task CloseAsync() => _closing.CancelAsync();

    public void Dispose() => _closing.Dispose();

    private IQueueGrain QueueOf(string queue) => _grains.GetGrain<IQueueGrain>(new QueueId(VirtualHost, queue).ToGrainKey());
}
