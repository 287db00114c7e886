using Orleans.Concurrency;
using Orleans.Streams;
using Orleans.Streams.Core;

namespace GrainConsumer;

public interface IReaderGrain : IGrainWithStringKey
{
    Task SubscribeAsync(string queue);

    Task<string> NextAsync();
}

[Reentrant]
public sealed class ReaderGrain : Grain, IReaderGrain, IAsyncObserver<string>, IStreamSubscriptionObserver
{
    private readonly TaskCompletionSource<string> _next = new();

    public Task SubscribeAsync(string queue) =>
        this.GetStreamProvider("broker").GetStream<string>(StreamId.Create("queue", queue)).SubscribeAsync(this);

    // Acked when this completes, delivered again when it throws.
    public Task OnNextAsync(string item, StreamSequenceToken? token = null)
    {
        _next.TrySetResult(item);
        return Task.CompletedTask;
    }

    public Task OnErrorAsync(Exception ex) => Task.CompletedTask;

    // Called when a message has activated the grain, which then knows nothing of its subscription yet.
    public Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) => handleFactory.Create<string>().ResumeAsync(this);

    public Task<string> NextAsync() => _next.Task;
}
