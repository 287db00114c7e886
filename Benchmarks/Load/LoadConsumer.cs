using System.Buffers.Binary;
using OrleansBroker.ClientLib;

namespace OrleansBroker.Benchmarks.Load;

/// <summary>Counts what a subscription delivers, and checks the order of the numbers in the bodies.</summary>
internal sealed class LoadConsumer(bool ordered)
{
    private long _received;
    private long _last = -1;

    public long Received => Volatile.Read(ref _received);

    public long OutOfOrder { get; private set; }

    public Task<Subscription> SubscribeAsync(Connection connection, string queue, int prefetch, bool autoAck) =>
        connection.SubscribeAsync(Receive, queue, prefetch, autoAck);

    private void Receive(Delivery delivery)
    {
        if (ordered)
        {
            var number = BinaryPrimitives.ReadInt64LittleEndian(delivery.Body.Span);
            OutOfOrder += number == _last + 1 ? 0 : 1;
            _last = number;
        }

        Volatile.Write(ref _received, _received + 1);
    }
}
