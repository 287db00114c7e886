using Orleans.Streams;
using OrleansBroker.Grains.Interfaces.Queues;

namespace OrleansBroker.ClientLib.Streams;

/// <summary>The handle of a subscription from outside of grains.</summary>
internal sealed class LeasedHandle<T>(BrokerStreamProvider provider, LeasedSubscription subscription) : StreamSubscriptionHandle<T>
{
    public override StreamId StreamId => subscription.StreamId;

    public override string ProviderName => provider.Name;

    public override Guid HandleId => subscription.Id;

    public override async Task UnsubscribeAsync()
    {
        provider.Leased.TryRemove(subscription.Id, out _);
        await subscription.DisposeAsync().ConfigureAwait(false);
    }

    public override Task<StreamSubscriptionHandle<T>> ResumeAsync(IAsyncObserver<T> observer, StreamSequenceToken? token = null) =>
        ResumeAsync(new ItemObserver<T>(observer));

    public override Task<StreamSubscriptionHandle<T>> ResumeAsync(IAsyncBatchObserver<T> observer, StreamSequenceToken? token = null) =>
        ResumeAsync(new BatchObserver<T>(observer));

    public override bool Equals(StreamSubscriptionHandle<T>? other) => other is LeasedHandle<T> && other.HandleId == HandleId;

    public override bool Equals(object? obj) => Equals(obj as StreamSubscriptionHandle<T>);

    public override int GetHashCode() => HandleId.GetHashCode();

    private Task<StreamSubscriptionHandle<T>> ResumeAsync(DeliveryObserver observer)
    {
        subscription.Resume(observer);
        return Task.FromResult<StreamSubscriptionHandle<T>>(this);
    }
}

/// <summary>The handle of a grain's durable subscription. It is used by that grain only.</summary>
internal sealed class DurableHandle<T>(string provider, StreamId stream, Guid subscription, IQueueGrain queue, GrainSubscriber extension)
    : StreamSubscriptionHandle<T>
{
    public override StreamId StreamId => stream;

    public override string ProviderName => provider;

    public override Guid HandleId => subscription;

    public override async Task UnsubscribeAsync()
    {
        await queue.UnsubscribeAsync(subscription).ConfigureAwait(false);
        extension.Remove(subscription);
    }

    public override Task<StreamSubscriptionHandle<T>> ResumeAsync(IAsyncObserver<T> observer, StreamSequenceToken? token = null) =>
        ResumeAsync(new ItemObserver<T>(observer));

    public override Task<StreamSubscriptionHandle<T>> ResumeAsync(IAsyncBatchObserver<T> observer, StreamSequenceToken? token = null) =>
        ResumeAsync(new BatchObserver<T>(observer));

    public override bool Equals(StreamSubscriptionHandle<T>? other) => other is DurableHandle<T> && other.HandleId == HandleId;

    public override bool Equals(object? obj) => Equals(obj as StreamSubscriptionHandle<T>);

    public override int GetHashCode() => HandleId.GetHashCode();

    private Task<StreamSubscriptionHandle<T>> ResumeAsync(DeliveryObserver observer)
    {
        extension.Set(subscription, observer);
        return Task.FromResult<StreamSubscriptionHandle<T>>(this);
    }
}
