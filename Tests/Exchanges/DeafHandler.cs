using OrleansBroker.Grains.Exchanges.Coherence;

namespace OrleansBroker.Tests.Exchanges;

/// <summary>A silo's handler of news that can be made to hear and answer nothing.</summary>
internal sealed class DeafHandler(RoutingTableCache cache) : IRoutingNewsHandler
{
    private volatile TaskCompletionSource? _deaf;

    public int Heard { get; private set; }

    public void Deafen() => _deaf = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Hear()
    {
        _deaf?.TrySetResult();
        _deaf = null;
    }

    public async ValueTask HandleAsync(RoutingNews news)
    {
        if (_deaf is { } deaf)
        {
            // What was said to a deaf silo is lost, as with a broken connection.
            await deaf.Task;
            throw new TimeoutException();
        }

        Heard++;
        await cache.HandleAsync(news);
    }
}
