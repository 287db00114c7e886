using Orleans.Providers.Streams.Common;
using Orleans.Streams;
using OrleansBroker.ClientLib.Telemetry;
using OrleansBroker.Grains.Interfaces.Queues;

namespace OrleansBroker.ClientLib.Streams;

/// <summary>An application's observer, whatever its type of item: it is given deliveries and settles them.</summary>
internal abstract class DeliveryObserver
{
    /// <summary>How many deliveries it is given at a time.</summary>
    public abstract int MaxDeliveries { get; }

    /// <summary>Processes deliveries in order and settles each; does not throw.</summary>
    /// <returns>Whether all went well.</returns>
    public abstract Task<bool> ProcessAsync(string queue, ArraySegment<Delivery> deliveries, ClientTelemetry telemetry);

    /// <summary>Tells the application that there will be no more.</summary>
    public abstract Task EndAsync(Exception reason);

    protected static T ItemOf<T>(Delivery delivery) => typeof(T) == typeof(Delivery) ? (T)(object)delivery : delivery.As<T>()!;
}

/// <summary>An observer of single items. What it throws rejects the item; an item that does not deserialize is rejected likewise.</summary>
internal sealed class ItemObserver<T>(IAsyncObserver<T> observer) : DeliveryObserver
{
    public override int MaxDeliveries => 32;

    public override async Task<bool> ProcessAsync(string queue, ArraySegment<Delivery> deliveries, ClientTelemetry telemetry)
    {
        var allWell = true;
        telemetry.Consumed("process", queue, deliveries.Count);
        foreach (var delivery in deliveries)
        {
            try
            {
                // Inside a grain the observer runs in the grain's turns: this must come back to where it was.
                await Processing.RunAsync(telemetry, queue, new ArraySegment<Delivery>([delivery]), () => observer.OnNextAsync(ItemOf<T>(delivery))).ConfigureAwait(true);
                delivery.Settle(Settlement.Ack);
            }
            catch (Exception)
            {
                // The queue knows what to do with a message that fails: again, and in the end the dead letters.
                delivery.Settle(Settlement.Reject);
                allWell = false;
            }
        }

        return allWell;
    }

    public override Task EndAsync(Exception reason) => observer.OnErrorAsync(reason);
}

/// <summary>An observer of batches: all items are acked together, or rejected, but those that the application settled itself.</summary>
internal sealed class BatchObserver<T>(IAsyncBatchObserver<T> observer) : DeliveryObserver
{
    public override int MaxDeliveries => int.MaxValue;

    public override async Task<bool> ProcessAsync(string queue, ArraySegment<Delivery> deliveries, ClientTelemetry telemetry)
    {
        var how = Settlement.Ack;
        telemetry.Consumed("process", queue, deliveries.Count);
        try
        {
            var items = new List<SequentialItem<T>>(deliveries.Count);
            foreach (var delivery in deliveries)
            {
                items.Add(new SequentialItem<T>(ItemOf<T>(delivery), new EventSequenceTokenV2(delivery.Number)));
            }

            // Inside a grain the observer runs in the grain's turns: this must come back to where it was.
            await Processing.RunAsync(telemetry, queue, deliveries, () => observer.OnNextAsync(items)).ConfigureAwait(true);
        }
        catch (Exception)
        {
            how = Settlement.Reject;
        }

        foreach (var delivery in deliveries)
        {
            delivery.Settle(how);
        }

        return how == Settlement.Ack;
    }

    public override Task EndAsync(Exception reason) => observer.OnErrorAsync(reason);
}
