using System.Buffers.Binary;
using OrleansBroker.ClientLib;

namespace OrleansBroker.Benchmarks.Load;

/// <summary>
/// Publishes in batches, a window of them under way, until it is stopped; every batch's confirm is awaited. With a rate it publishes so many
/// messages a second, and does not make up for what it was late by.
/// </summary>
internal sealed class LoadPublisher(Connection connection, LoadTarget target, int size, int batch, int window, int rate = 0)
{
    // Timers fire in steps of milliseconds: what they are late by is made up for, and no more.
    private static readonly TimeSpan Lateness = TimeSpan.FromMilliseconds(20);

    private long _confirmed;

    public long Confirmed => Volatile.Read(ref _confirmed);

    /// <summary>Publishes until the token, or <paramref name="limit"/> messages; each body begins with its number.</summary>
    public async Task RunAsync(long limit, CancellationToken stop)
    {
        var properties = new MessageProperties { Persistent = target.Persistent };
        var underWay = new Queue<Task>();
        var next = 0L;
        var (started, due) = (TimeProvider.System.GetTimestamp(), TimeSpan.Zero);
        while (!stop.IsCancellationRequested && next < limit)
        {
            if (rate > 0)
            {
                var early = due - TimeProvider.System.GetElapsedTime(started);
                due = (early < -Lateness ? due - early : due) + TimeSpan.FromSeconds((double)batch / rate);
                await Task.Delay(early > TimeSpan.Zero ? early : TimeSpan.Zero, TimeProvider.System, CancellationToken.None);
            }

            var count = (int)Math.Min(batch, limit - next);
            underWay.Enqueue(PublishAsync(next, count, properties));
            next += count;
            while (underWay.Count >= window)
            {
                await underWay.Dequeue();
            }
        }

        await Task.WhenAll(underWay);
    }

    private async Task PublishAsync(long first, int count, MessageProperties properties)
    {
        // One slab for a batch: what a gateway does with what it reads off a socket.
        var slab = new byte[count * size];
        var bodies = new ReadOnlyMemory<byte>[count];
        for (var i = 0; i < count; i++)
        {
            bodies[i] = slab.AsMemory(i * size, size);
            BinaryPrimitives.WriteInt64LittleEndian(slab.AsSpan(i * size), first + i);
        }

        await connection.PublishBatchAsync(bodies, target.Queue, target.Exchange, properties: properties);
        Interlocked.Add(ref _confirmed, count);
    }
}

/// <summary>Where a load goes.</summary>
internal sealed record LoadTarget(string? Queue, string? Exchange, bool Persistent);
