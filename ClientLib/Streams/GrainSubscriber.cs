using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Streams;
using Orleans.Streams.Core;
using OrleansBroker.ClientLib.Consuming;
using OrleansBroker.ClientLib.Hosting;
using OrleansBroker.ClientLib.Messages;
using OrleansBroker.Grains.Interfaces.Queues;
using QueueId = OrleansBroker.Grains.Interfaces.Topology.QueueId;

namespace OrleansBroker.ClientLib.Streams;

/// <summary>
/// The extension by which queues reach a grain that subscribed. It knows the observers that this activation has attached. A grain that
/// was activated by a delivery attaches its observer while it activates (<c>GetAllSubscriptionHandles</c>, <c>ResumeAsync</c>) or
/// when it is asked to, as an <see cref="IStreamSubscriptionObserver"/>.
/// </summary>
internal sealed class GrainSubscriber(IGrainContext grain, Connection connection) : ISubscriber
{
    private readonly ConcurrentDictionary<Guid, DeliveryObserver> _observers = [];

    // The last batch of each subscription: a call that timed out on the queue's side is made again, and joins the first.
    private readonly ConcurrentDictionary<Guid, (long Epoch, long First, Task<Settlement[]?> Settlements)> _last = [];

    /// <summary>The grain's extension; must be called in the grain's context.</summary>
    public static GrainSubscriber Of(IGrainContext grain, Connection connection) =>
        grain.GetComponent<IGrainExtensionBinder>()!
            .GetOrSetExtension<GrainSubscriber, ISubscriber>(() => new GrainSubscriber(grain, connection)).Item1;

    public void Set(Guid subscription, DeliveryObserver observer) => _observers[subscription] = observer;

    public void Remove(Guid subscription)
    {
        _observers.TryRemove(subscription, out _);
        _last.TryRemove(subscription, out _);
    }

    public Task<Settlement[]?> ProcessAsync(QueueId queue, Guid subscription, DeliveryBatch batch)
    {
        if (_last.TryGetValue(subscription, out var last) && last.Epoch == batch.Epoch && last.First == batch.FirstDelivery)
        {
            return last.Settlements;
        }

        var settlements = ProcessNewAsync(queue, subscription, batch);
        _last[subscription] = (batch.Epoch, batch.FirstDelivery, settlements);
        return settlements;
    }

    private async Task<Settlement[]?> ProcessNewAsync(QueueId queue, Guid subscription, DeliveryBatch batch)
    {
        if (!_observers.TryGetValue(subscription, out var observer))
        {
            observer = await AskForObserverAsync(queue, subscription).ConfigureAwait(true);
            if (observer is null)
            {
                return null;
            }
        }

        var settler = new Settlements(batch);
        var deliveries = settler.DeliveriesOf(batch, connection.Payload);
        for (var first = 0; first < deliveries.Length;)
        {
            var count = Math.Min(deliveries.Length - first, observer.MaxDeliveries);
            // A grain's code runs in its turns: every await here comes back to them.
            await observer.ProcessAsync(queue.Name, new ArraySegment<Delivery>(deliveries, first, count), connection.Telemetry).ConfigureAwait(true);
            first += count;
        }

        return settler.All;
    }

    private async Task<DeliveryObserver?> AskForObserverAsync(QueueId queue, Guid subscription)
    {
        if (grain.GrainInstance is not IStreamSubscriptionObserver asked)
        {
            return null;
        }

        await asked.OnSubscribed(new HandleFactory(grain.ActivationServices, this, queue, subscription)).ConfigureAwait(true);
        return _observers.GetValueOrDefault(subscription);
    }

    /// <summary>Collects how the deliveries of one batch were settled.</summary>
    private sealed class Settlements(DeliveryBatch batch) : ISettler
    {
        public Settlement[] All { get; } = new Settlement[batch.Messages.Count];

        public Delivery[] DeliveriesOf(DeliveryBatch of, Payload payload)
        {
            var deliveries = new Delivery[of.Messages.Count];
            for (var i = 0; i < deliveries.Length; i++)
            {
                var redelivered = of.Redelivered is { } indexes && Array.BinarySearch(indexes, i) >= 0;
                deliveries[i] = new Delivery(of.Messages.Messages.Span[i], redelivered, of.FirstDelivery + i, this, payload);
            }

            return deliveries;
        }

        public void Settle(long number, Settlement how) => All[number - batch.FirstDelivery] = how;
    }

    private sealed class HandleFactory(IServiceProvider services, GrainSubscriber extension, QueueId queue, Guid subscription)
        : IStreamSubscriptionHandleFactory
    {
        private readonly BrokerStreamProvider _provider =
            (BrokerStreamProvider)services.GetRequiredKeyedService<IStreamProvider>(BrokerStreams.ProviderName);

        public StreamId StreamId => StreamId.Create(
            queue.VirtualHost == _provider.Connections.VirtualHost ? "queue" : $"queue@{queue.VirtualHost}", queue.Name);

        public string ProviderName => _provider.Name;

        public GuidId SubscriptionId => GuidId.GetGuidId(subscription);

        public StreamSubscriptionHandle<T> Create<T>() =>
            ((BrokerStream<T>)_provider.GetStream<T>(StreamId)).HandleOf(subscription, extension);
    }
}
