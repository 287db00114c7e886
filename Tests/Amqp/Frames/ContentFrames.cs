using System.Buffers;
using CsCheck;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;

namespace OrleansBroker.Tests.Amqp.Frames;

public class ContentFrames
{
    private static readonly byte[] Properties = BasicPropertiesWriter.ToArray(new BasicProperties { DeliveryMode = 2, MessageId = "m" });

    [Fact]
    public void A_message_is_written_as_large_as_announced_and_read_again_whole() =>
        Gen.Select(Gen.Int[0, 2000], Gen.Int[9, 600], Gen.Bool).Sample((length, frameMax, hasProperties) =>
        {
            var body = Bytes(length);
            var properties = hasProperties ? Properties : [];
            var deliver = Deliver();
            var target = new byte[ContentWriter.SizeOf(deliver, properties.Length, body.Length, frameMax)];
            Assert.Equal(target.Length, ContentWriter.Write(target, 7, deliver, properties, body, frameMax));
            Assert.Equal(hasProperties ? Properties : [0, 0], Assemble(target, frameMax, body));
        });

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(70_000)]
    [InlineData(1_000_000)]
    public void A_message_is_written_to_a_buffer_whatever_its_size(int length)
    {
        var output = new ArrayBufferWriter<byte>();
        var body = Bytes(length);
        ContentWriter.Write(output, 7, Deliver(), Properties, body, 8192);
        Assert.Equal(ContentWriter.SizeOf(Deliver(), Properties.Length, length, 8192), output.WrittenCount);
        Assert.Equal(Properties, Assemble(output.WrittenMemory, 8192, body));
    }

    [Fact]
    public void Without_a_limit_the_body_is_one_frame() =>
        Assert.Equal(
            ContentWriter.SizeOf(Deliver(), 2, 0, 0) + 1_000_000 + 8,
            ContentWriter.SizeOf(Deliver(), 2, 1_000_000, 0));

    [Fact]
    public void A_settlement_is_as_large_as_announced()
    {
        Assert.Equal(FrameWriter.SettlementSize, FrameWriter.SizeOf(new BasicAck(ulong.MaxValue, Multiple: true)));
        Assert.Equal(FrameWriter.SettlementSize, FrameWriter.SizeOf(new BasicNack(1, BasicNackFlags.None)));
        Assert.Equal(FrameWriter.SettlementSize, FrameWriter.SizeOf(new BasicReject(1, Requeue: true)));
    }

    [Fact]
    public void Messages_and_settlements_are_written_and_read_without_allocating()
    {
        var target = new byte[1024];
        byte[] body = [1, 2, 3];
        WriteAndRead(target, body);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            WriteAndRead(target, body);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void WriteAndRead(byte[] target, byte[] body)
    {
        var publish = new BasicPublish { Exchange = "e"u8, RoutingKey = "k"u8 };
        var written = ContentWriter.Write(target, 7, publish, Properties, body, 4096);
        written += ContentWriter.Write(target.AsSpan(written), 7, Deliver(), Properties, body, 4096);
        written += FrameWriter.WriteMethod(target.AsSpan(written), 7, new BasicAck(1, Multiple: true));
        written += FrameWriter.WriteMethod(target.AsSpan(written), 7, new BasicNack(2, BasicNackFlags.Requeue));
        written += FrameWriter.WriteMethod(target.AsSpan(written), 7, new BasicReject(3, Requeue: false));
        var reader = new FrameReader(new ReadOnlySequence<byte>(target, 0, written), 4096);
        byte[] scratch = [];
        var sum = 0ul;
        while (reader.TryRead(out var frame, out _))
        {
            if (frame.Type != FrameType.Method)
            {
                continue;
            }

            var payload = frame.Payload(ref scratch);
            sum += MethodIds.Read(payload) switch
            {
                MethodId.BasicPublish => (ulong)MethodReader.Decode<BasicPublish>(payload).RoutingKey.Length,
                MethodId.BasicDeliver => MethodReader.Decode<BasicDeliver>(payload).DeliveryTag,
                MethodId.BasicAck => MethodReader.Decode<BasicAck>(payload).DeliveryTag,
                MethodId.BasicNack => MethodReader.Decode<BasicNack>(payload).DeliveryTag,
                _ => MethodReader.Decode<BasicReject>(payload).DeliveryTag,
            };
        }

        if (sum != 49)
        {
            throw new InvalidOperationException("Not every method was read.");
        }
    }

    private static BasicDeliver Deliver() =>
        new() { ConsumerTag = "ctag"u8, DeliveryTag = 42, Redelivered = true, Exchange = "e"u8, RoutingKey = "key"u8 };

    private static byte[] Bytes(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)i)];

    // Puts the one message together as a receiver does; returns its properties.
    private static byte[] Assemble(ReadOnlyMemory<byte> octets, int frameMax, byte[] expectedBody)
    {
        var reader = new FrameReader(new ReadOnlySequence<byte>(octets), Math.Max(frameMax, 64));
        var assembly = new ContentAssembly(ContentAssembly.HardLimit);
        byte[] scratch = [];
        byte[] properties = [];
        byte[] body = [];
        var progress = ContentProgress.Incomplete;
        while (reader.TryRead(out var frame, out var error))
        {
            Assert.Null(error);
            Assert.Equal(7, frame.Channel);
            Assert.NotEqual(ContentProgress.Complete, progress);
            switch (frame.Type)
            {
                case FrameType.Method:
                    Assert.Null(assembly.OnMethod(MethodIds.Read(frame.Payload(ref scratch))));
                    break;
                case FrameType.Header:
                    progress = assembly.OnHeader(frame.Payload(ref scratch), out var header, out _);
                    properties = header.Properties.ToArray();
                    body = new byte[assembly.BodySize];
                    break;
                default:
                    Assert.InRange(frame.Length, 1, frameMax - Frame.Overhead);
                    progress = assembly.OnBody(frame.Length, out var offset, out _);
                    frame.CopyTo(body.AsSpan(offset));
                    break;
            }
        }

        Assert.Equal(ContentProgress.Complete, progress);
        Assert.Equal(octets.Length, new ReadOnlySequence<byte>(octets).Slice(0, reader.Position).Length);
        Assert.Equal(expectedBody, body);
        return properties;
    }
}
