using Orleans.Streams;
using Orleans.Streams.Core;
using OrleansBroker.ClientLib;
using OrleansBroker.Grains.Interfaces.Messages;

namespace OrleansBroker.Tests.Native;

public interface ISubscriberGrain : IGrainWithStringKey
{
    Task SubscribeAsync(string queue);
    Task UnsubscribeAsync(string queue);
    Task<int> CountHandlesAsync(string queue);
    Task<string[]> GetSeenAsync();
    Task FailNextAsync(int times);
    Task DeactivateAsync();
    Task PublishAsync(string queue, string text);
}

/// <summary>A grain that consumes a queue and resumes when it is activated.</summary>
public sealed class ResumingGrain : Grain, ISubscriberGrain, IAsyncObserver<string>
{
    private readonly List<string> _seen = [];
    private int _failures;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        // The grain's key names the queue that it consumes.
        foreach (var handle in await StreamOf(this.GetPrimaryKeyString()).GetAllSubscriptionHandles())
        {
            await handle.ResumeAsync(this);
        }
    }

    public Task SubscribeAsync(string queue) => StreamOf(queue).SubscribeAsync(this);

    public async Task UnsubscribeAsync(string queue)
    {
        foreach (var handle in await StreamOf(queue).GetAllSubscriptionHandles())
        {
            await handle.UnsubscribeAsync();
        }
    }

    public async Task<int> CountHandlesAsync(string queue) => (await StreamOf(queue).GetAllSubscriptionHandles()).Count;

    public Task<string[]> GetSeenAsync() => Task.FromResult(_seen.ToArray());

    public Task FailNextAsync(int times)
    {
        _failures = times;
        return Task.CompletedTask;
    }

    public Task DeactivateAsync()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task PublishAsync(string queue, string text) => StreamOf(queue).OnNextAsync(text);

    public async Task OnNextAsync(string item, StreamSequenceToken? token = null)
    {
        // An await in the middle shows whether the turn comes back to the grain.
        var scheduler = TaskScheduler.Current;
        await Task.Yield();
        Assert.Same(scheduler, TaskScheduler.Current);
        if (_failures-- > 0)
        {
            throw new InvalidOperationException("asked to fail");
        }

        _seen.Add(item);
    }

    public Task OnErrorAsync(Exception ex) => Task.CompletedTask;

    private IAsyncStream<string> StreamOf(string queue) =>
        this.GetStreamProvider("broker").GetStream<string>(StreamId.Create("queue", queue));
}

public interface IAskedGrain : IGrainWithStringKey
{
    Task SubscribeAsync(string queue);
    Task<int> CountSeenAsync();
    Task DeactivateAsync();
}

/// <summary>A grain that attaches its observer when the provider asks it to.</summary>
public sealed class AskedGrain : Grain, IAskedGrain, IStreamSubscriptionObserver, IAsyncBatchObserver<Delivery>
{
    private int _seen;

    public Task SubscribeAsync(string queue) =>
        this.GetStreamProvider("broker").GetStream<Delivery>(StreamId.Create("queue", queue)).SubscribeAsync(this);

    public Task<int> CountSeenAsync() => Task.FromResult(_seen);

    public Task DeactivateAsync()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) => handleFactory.Create<Delivery>().ResumeAsync(this);

    public Task OnNextAsync(IList<SequentialItem<Delivery>> items)
    {
        _seen += items.Count;
        return Task.CompletedTask;
    }

    public Task OnErrorAsync(Exception ex) => Task.CompletedTask;
}

public interface IForgetfulGrain : IGrainWithStringKey
{
    Task SubscribeAsync(string queue);
    Task DeactivateAsync();
}

/// <summary>A grain that subscribes and, once deactivated, does not resume.</summary>
public sealed class ForgetfulGrain : Grain, IForgetfulGrain
{
    public Task SubscribeAsync(string queue) =>
        this.GetStreamProvider("broker").GetStream<string>(StreamId.Create("queue", queue)).SubscribeAsync((_, _) => Task.CompletedTask);

    public Task DeactivateAsync()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }
}

public interface IMemoryStreamGrain : IGrainWithStringKey
{
    Task ListenAsync();
    Task<string[]> GetSeenAsync();
}

/// <summary>A grain that observes a stream of another provider.</summary>
public sealed class MemoryStreamGrain : Grain, IMemoryStreamGrain
{
    private readonly List<string> _seen = [];

    public Task ListenAsync() =>
        this.GetStreamProvider("memory").GetStream<StreamedMessage>(StreamId.Create("events", this.GetPrimaryKeyString())).SubscribeAsync(
            (message, _) =>
            {
                _seen.Add($"{message.RoutingKey}:{System.Text.Encoding.UTF8.GetString(message.Body.Span)}");
                return Task.CompletedTask;
            });

    public Task<string[]> GetSeenAsync() => Task.FromResult(_seen.ToArray());
}

public interface IPlainGrain : IGrainWithStringKey
{
    Task<string> PingAsync();
}

/// <summary>A grain of the embedding application that has nothing to do with the broker.</summary>
public sealed class PlainGrain : Grain, IPlainGrain
{
    public Task<string> PingAsync() => Task.FromResult("pong");
}
