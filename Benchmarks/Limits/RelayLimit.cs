using Microsoft.Extensions.DependencyInjection;
using OrleansBroker.Benchmarks.Load;
using OrleansBroker.Benchmarks.Processes;
using OrleansBroker.Grains.Hosting;
using OrleansBroker.Grains.Interfaces.Messages;

namespace OrleansBroker.Benchmarks.Limits;

/// <summary>The machine's limit for messages in a silo: the same batches as the load's through a grain that does nothing with them.</summary>
internal static class RelayLimit
{
    private const int Window = 16;

    private static readonly byte[] NoProperties = [0, 0];

    public static async Task<Rates> MeasureAsync(int size, int batch, int windows)
    {
        await using var broker = await EmbeddedBroker.StartAsync(StoreProvider.Memory);
        var grains = broker.Services.GetRequiredService<IGrainFactory>();
        var observer = new BareObserver();
        var relay = grains.GetGrain<IBareRelay>(0);
        await relay.AttachAsync(grains.CreateObjectReference<IBareObserver>(observer));
        using var stop = new CancellationTokenSource();
        var sending = Task.Run(async () =>
        {
            var underWay = new Queue<Task>();
            while (!stop.IsCancellationRequested)
            {
                underWay.Enqueue(relay.SendAsync(Make(size, batch)));
                while (underWay.Count >= Window)
                {
                    await underWay.Dequeue();
                }
            }

            await Task.WhenAll(underWay);
        });
        var rates = await Rates.MeasureAsync(() => observer.Received, windows);
        await stop.CancelAsync();
        await sending;
        GC.KeepAlive(observer);
        return rates;
    }

    private static MessageBatch Make(int size, int count)
    {
        var slab = new byte[count * size];
        var messages = new BrokerMessage[count];
        for (var i = 0; i < count; i++)
        {
            // The client library copies each body once, as this does: the application keeps its buffer.
            messages[i] = new BrokerMessage("", "load", NoProperties, slab.AsMemory(i * size, size).ToArray());
        }

        return new MessageBatch(messages);
    }
}
