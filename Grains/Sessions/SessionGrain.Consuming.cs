using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Queues;

namespace OrleansBroker.Grains.Sessions;

// Whatever host and connection a request names, the session puts its own: a client settles and detaches nothing of another one's.
internal sealed partial class SessionGrain
{
    public async Task<AttachReply> AttachAsync(string queue, ConsumerAttachment attachment)
    {
        var id = NamedQueue(queue);
        await Access.RequireAsync(id, Permission.Read);
        _queues.AddConsumer(id, attachment.Id.Number);
        try
        {
            return await Passed(QueueOf(id).AttachAsync(attachment with { Id = Own(attachment.Id), Connection = Id, Silo = silo.SiloAddress }));
        }
        catch (Interfaces.Errors.BrokerException)
        {
            _queues.RemoveConsumer(id, attachment.Id.Number);
            throw;
        }
    }

    public async Task DetachAsync(string queue, DetachRequest request)
    {
        var id = NamedQueue(queue);
        await QueueOf(id).DetachAsync(request with { Id = Own(request.Id) });
        if (request.Requeue)
        {
            _queues.RemoveConsumer(id, request.Id.Number);
        }
    }

    public Task<SettleReply> SettleAsync(string queue, SettleBatch batch) =>
        Passed(QueueOf(NamedQueue(queue)).SettleAsync(
            new SettleBatch { Host = Id, Epoch = batch.Epoch, Ranges = batch.Ranges, Credits = batch.Credits, AwaitsDeadLetters = batch.AwaitsDeadLetters }));

    public Task<RenewReply> RenewAsync(string queue, RenewRequest request)
    {
        var id = NamedQueue(queue);
        // A session that was opened again after its silo's death learns here which consumers it has to detach one day.
        foreach (var consumer in request.Consumers)
        {
            _queues.AddConsumer(id, consumer);
        }

        return Passed(QueueOf(id).RenewAsync(request with { Host = Id }));
    }

    public async Task<GetReply> GetAsync(string queue, GetRequest request)
    {
        var id = NamedQueue(queue);
        await Access.RequireAsync(id, Permission.Read);
        if (!request.NoAck)
        {
            _queues.AddConsumer(id, request.Id.Number);
        }

        return await Passed(QueueOf(id).GetAsync(request with { Id = Own(request.Id), Connection = Id }));
    }

    public async Task SubscribeAsync(string queue, GrainSubscription subscription)
    {
        var id = NamedQueue(queue);
        await Access.RequireAsync(id, Permission.Read);
        // Unlike a consumer a subscription outlives the connection, and it makes the broker call a grain of the application.
        await Access.RequireAsync(id, Permission.Configure);
        await QueueOf(id).SubscribeAsync(subscription);
    }

    public async Task UnsubscribeAsync(string queue, Guid subscription)
    {
        await Access.RequireAsync(NamedQueue(queue), Permission.Configure);
        await QueueOf(NamedQueue(queue)).UnsubscribeAsync(subscription);
    }

    /// <summary>A queue that moves while it is called leaves the outcome unknown, which clients know as Orleans' own failures.</summary>
    private static async Task<T> Passed<T>(Task<T> call)
    {
        try
        {
            return await call;
        }
        catch (QueueEndedException e)
        {
            throw new OrleansException(e.Message);
        }
    }

    private ConsumerId Own(ConsumerId id) => id with { Host = Id };
}
