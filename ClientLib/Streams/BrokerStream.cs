using Orleans.Streams;
using OrleansBroker.ClientLib.Consuming;
using OrleansBroker.ClientLib.Messages;
using OrleansBroker.Grains.Interfaces.Queues;
using QueueId = OrleansBroker.Grains.Interfaces.Topology.QueueId;

namespace OrleansBroker.ClientLib.Streams;

/// <summary>An exchange to write to, or a queue to write to and to observe: see <see cref="BrokerStreamProvider"/>.</summary>
internal sealed class BrokerStream<T>(BrokerStreamProvider provider, StreamId id, StreamAddress address) : IAsyncStream<T>
{
    public bool IsRewindable => false;

    public string ProviderName => provider.Name;

    public StreamId StreamId => id;

    private Connection Connection => provider.Connections.Of(address.VirtualHost);

    private Route Route => address.IsQueue ? new Route("", address.Name) : new Route(address.Name, address.RoutingKey);

    private QueueId Queue => new(address.VirtualHost ?? provider.Connections.VirtualHost, address.Name);

    public Task OnNextAsync(T item, StreamSequenceToken? token = null) =>
        Connection.PublishOneAsync(item, Route, null, mandatory: false, CancellationToken.None);

    public Task OnNextBatchAsync(IEnumerable<T> batch, StreamSequenceToken? token = null) =>
        Connection.PublishManyAsync(batch, Route, null, mandatory: false, CancellationToken.None);

    public Task OnCompletedAsync() => throw new NotSupportedException("An exchange or queue has no end: delete it instead");

    public Task OnErrorAsync(Exception ex) => throw new NotSupportedException("An error is no message: publish one that tells of it");

    public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncObserver<T> observer) => SubscribeAsync(new ItemObserver<T>(observer));

    public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncObserver<T> observer, StreamSequenceToken? token, string? filterData = null)
    {
        Refuse(token);
        return filterData is null
            ? SubscribeAsync(observer)
            : throw new NotSupportedException("A queue is not filtered: bind it to what it should get");
    }

    public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncBatchObserver<T> observer) => SubscribeAsync(new BatchObserver<T>(observer));

    public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncBatchObserver<T> observer, StreamSequenceToken? token)
    {
        Refuse(token);
        return SubscribeAsync(observer);
    }

    public async Task<IList<StreamSubscriptionHandle<T>>> GetAllSubscriptionHandles()
    {
        if (provider.CallingGrain() is not { } grain)
        {
            return
            [
                .. provider.Leased.Values.Where(s => s.StreamId == id).Select(StreamSubscriptionHandle<T> (s) => new LeasedHandle<T>(provider, s)),
            ];
        }

        var extension = GrainSubscriber.Of(grain, Connection);
        var subscriptions = await QueueGrain().GetSubscriptionsAsync(grain.GrainId).ConfigureAwait(false);
        return [.. subscriptions.Select(StreamSubscriptionHandle<T> (s) => HandleOf(s.Id, extension))];
    }

    public bool Equals(IAsyncStream<T>? other) => other is BrokerStream<T> && other.ProviderName == ProviderName && other.StreamId == StreamId;

    public override bool Equals(object? obj) => Equals(obj as IAsyncStream<T>);

    public override int GetHashCode() => HashCode.Combine(ProviderName, StreamId);

    public int CompareTo(IAsyncStream<T>? other) => other is null ? 1 : StreamId.CompareTo(other.StreamId);

    /// <summary>The handle of a grain's subscription.</summary>
    public DurableHandle<T> HandleOf(Guid subscription, GrainSubscriber extension) =>
        new(provider.Name, id, subscription, QueueGrain(), extension);

    private static void Refuse(StreamSequenceToken? token)
    {
        if (token is not null)
        {
            throw new NotSupportedException("A queue cannot be rewound: what was settled has left it");
        }
    }

    private IQueueGrain QueueGrain() => provider.Grains.GetGrain<IQueueGrain>(Queue.ToGrainKey());

    private async Task<StreamSubscriptionHandle<T>> SubscribeAsync(DeliveryObserver observer)
    {
        if (!address.IsQueue)
        {
            throw new NotSupportedException("An exchange keeps nothing to observe: bind a queue to it and subscribe to that");
        }

        if (provider.CallingGrain() is { } grain)
        {
            var extension = GrainSubscriber.Of(grain, Connection);
            var subscription = new GrainSubscription { Id = Guid.NewGuid(), Subscriber = grain.GrainId };
            // Before the queue hears of it, for it delivers at once.
            extension.Set(subscription.Id, observer);
            await QueueGrain().SubscribeAsync(subscription).ConfigureAwait(false);
            return HandleOf(subscription.Id, extension);
        }

        var consumer = await Connection.StartConsumerAsync(ConsumerOptions.Of(address.Name, 0, autoAck: false), CancellationToken.None)
            .ConfigureAwait(false);
        var leased = new LeasedSubscription(id, consumer, observer, Connection.Telemetry, Connection.Time);
        provider.Leased[leased.Id] = leased;
        return new LeasedHandle<T>(provider, leased);
    }
}
