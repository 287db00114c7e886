using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using OrleansBroker.Grains.Interfaces.Messages;

namespace OrleansBroker.Tests.Messages;

public sealed class MessageBatchCodecTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddSerializer().BuildServiceProvider();

    public void Dispose() => _services.Dispose();

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(3, 10)]
    [InlineData(500, 1_024)]
    [InlineData(3, 100_000)]
    public void A_batch_is_read_as_it_was_written(int count, int size)
    {
        var messages = Enumerable.Range(0, count).Select(i => new BrokerMessage(
            i % 7 < 4 ? "orders" : "", i % 3 == 0 ? "größe" : $"key-{i / 5}", i % 2 == 0 ? Properties : default, Body(i, size + (i % 13)))).ToArray();
        if (count > 1)
        {
            messages[1] = messages[1].AsDeadLetter("dead", "letter", Properties);
        }

        var read = RoundTrip(messages);

        Assert.Equal(count, read.Length);
        Assert.All(messages.Zip(read), pair =>
        {
            var (written, back) = pair;
            Assert.Equal((written.Exchange, written.RoutingKey, written.IsPersistent, written.IsDeadLettered), (back.Exchange, back.RoutingKey, back.IsPersistent, back.IsDeadLettered));
            Assert.Equal(written.Properties.ToArray(), back.Properties.ToArray());
            Assert.Equal(written.Body.ToArray(), back.Body.ToArray());
        });
    }

    [Fact]
    public void A_batch_takes_no_large_objects()
    {
        // A large object lives until the next full collection, where the oldest generation is counted.
        var messages = Enumerable.Range(0, 1_000).Select(i => new BrokerMessage("", "q", default, Body(i, 1_024))).ToArray();

        var read = RoundTrip(messages);

        Assert.All(read, message =>
        {
            Assert.True(System.Runtime.InteropServices.MemoryMarshal.TryGetArray(message.Body, out var slice));
            Assert.InRange(slice.Array!.Length, 1, 84_000);
        });
    }

    private static byte[] Properties => [0x10, 0x00, 2];

    private static byte[] Body(int seed, int size)
    {
        var body = new byte[size];
        new Random(seed).NextBytes(body);
        return body;
    }

    private BrokerMessage[] RoundTrip(BrokerMessage[] messages)
    {
        var serializer = _services.GetRequiredService<Serializer>();
        return serializer.Deserialize<(MessageBatch Batch, string After)>(serializer.SerializeToArray((new MessageBatch(messages), "after"))) switch
        {
            (var batch, "after") => batch.Messages.ToArray(),
            _ => throw new InvalidOperationException("What follows the batch was not read."),
        };
    }
}
