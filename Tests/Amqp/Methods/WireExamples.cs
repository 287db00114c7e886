using System.Buffers;
using System.Text;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;

namespace OrleansBroker.Tests.Amqp.Methods;

/// <summary>Octets worked out by hand from the specification: what both directions agree on could still be wrong.</summary>
public class WireExamples
{
    public static TheoryData<string, string> Examples => new()
    {
        { "01 0000 0000000C 000A001E 07FF 00020000 003C CE", Hex(new ConnectionTune(2047, 131072, 60)) },
        { "01 0000 00000013 000A000A 00 09 00000000 00000001'A' 00000000 CE", Hex(new ConnectionStart(FieldTable.Empty, "A", "")) },
        {
            "01 0000 0000001C 000A000B 00000000 05'PLAIN' 00000004 00'g'00'g' 05'en_US' CE",
            Hex(new ConnectionStartOk(FieldTable.Empty, "PLAIN", "\0g\0g"u8.ToArray(), "en_US"))
        },
        { "01 0000 00000008 000A0028 01'/' 00 00 CE", Hex(new ConnectionOpen("/")) },
        { "01 0000 00000005 000A0029 00 CE", Hex(default(ConnectionOpenOk)) },
        { "01 0000 0000000D 000A0032 01F5 02'no' 003C0028 CE", Hex(new ConnectionClose(501, "no", MethodId.BasicPublish)) },
        { "01 0001 00000005 0014000A 00 CE", Hex(default(ChannelOpen), 1) },
        { "01 0001 00000008 0014000B 00000000 CE", Hex(default(ChannelOpenOk), 1) },
        { "01 0001 0000000B 001E000A 05'/data' 1E CE", Hex(default(AccessRequest), 1) },
        {
            "01 0001 00000013 0028000A 0000 01'e' 05'topic' 0A 00000000 CE",
            Hex(new ExchangeDeclare("e", "topic", ExchangeDeclareFlags.Durable | ExchangeDeclareFlags.Internal, FieldTable.Empty), 1)
        },
        {
            "01 0001 0000001F 0032000A 0000 01'q' 12 00000012 0C'x-max-length' 49 00000005 CE",
            Hex(new QueueDeclare("q", QueueDeclareFlags.Durable | QueueDeclareFlags.NoWait, new FieldTable([new("x-max-length", 5)])), 1)
        },
        { "01 0001 0000000E 0032000B 01'q' 00000002 00000003 CE", Hex(new QueueDeclareOk("q", 2, 3), 1) },
        { "01 0001 00000011 00320014 0000 01'q' 01'e' 01'k' 01 00000000 CE", Hex(new QueueBind("q", "e", "k", NoWait: true, FieldTable.Empty), 1) },
        { "01 0001 00000010 00320032 0000 01'q' 01'e' 01'k' 00000000 CE", Hex(new QueueUnbind("q", "e", "k", FieldTable.Empty), 1) },
        { "01 0001 0000000B 003C000A 00000000 000A 01 CE", Hex(new BasicQos(0, 10, Global: true), 1) },
        { "01 0001 0000000F 003C0014 0000 01'q' 01't' 06 00000000 CE", Hex(new BasicConsume("q", "t", BasicConsumeFlags.NoAck | BasicConsumeFlags.Exclusive, FieldTable.Empty), 1) },
        { "01 0001 0000000A 003C0028 0000 00 01'q' 01 CE", Hex(new BasicPublish { Exchange = [], RoutingKey = "q"u8, Flags = BasicPublishFlags.Mandatory }, 1) },
        { "01 0001 0000000D 003C0050 0000000000000001 01 CE", Hex(new BasicAck(1, Multiple: true), 1) },
        { "01 FFFF 0000000D 003C0078 FFFFFFFFFFFFFFFF 02 CE", Hex(new BasicNack(ulong.MaxValue, BasicNackFlags.Requeue), 0xFFFF) },
        { "01 0001 00000005 0055000A 01 CE", Hex(new ConfirmSelect(NoWait: true), 1) },
        { "01 0001 00000004 00280033 CE", Hex(MethodId.ExchangeUnbindOk) },
        { "01 0001 00000004 00320033 CE", Hex(MethodId.QueueUnbindOk) },
        { "01 0001 00000004 005A000A CE", Hex(MethodId.TxSelect) },
    };

    [Theory]
    [MemberData(nameof(Examples))]
    public void A_frame_is_what_the_specification_says(string expected, string written) => Assert.Equal(Plain(expected), written);

    [Fact]
    public void A_heartbeat_is_eight_octets()
    {
        var output = new ArrayBufferWriter<byte>();
        FrameWriter.WriteHeartbeat(output);
        Assert.Equal("08000000000000CE", Convert.ToHexString(output.WrittenSpan));
    }

    [Fact]
    public void A_delivery_is_a_method_a_header_and_bodies()
    {
        const string Deliver = "01 0002 00000014 003C003C 02'ct' 0000000000000007 01 01'e' 01'k' CE";
        const string Header = "02 0002 0000000F 003C 0000 0000000000000005 1000 02 CE";
        const string Bodies = "03 0002 00000003 'abc' CE 03 0002 00000002 'de' CE";
        var deliver = new BasicDeliver { ConsumerTag = "ct"u8, DeliveryTag = 7, Redelivered = true, Exchange = "e"u8, RoutingKey = "k"u8 };
        var output = new ArrayBufferWriter<byte>();
        ContentWriter.Write(output, 2, deliver, [0x10, 0, 2], "abcde"u8, frameMax: 11);
        Assert.Equal(Plain(Deliver + Header + Bodies), Convert.ToHexString(output.WrittenSpan));
    }

    [Fact]
    public void A_message_without_properties_has_a_word_without_flags()
    {
        var returned = new BasicReturn { ReplyCode = 312, ReplyText = "NO_ROUTE"u8, Exchange = [], RoutingKey = [] };
        var output = new ArrayBufferWriter<byte>();
        ContentWriter.Write(output, 2, returned, [], [], frameMax: 4096);
        Assert.Equal(
            Plain("01 0002 00000011 003C0032 0138 08'NO_ROUTE' 00 00 CE 02 0002 0000000E 003C 0000 0000000000000000 0000 CE"),
            Convert.ToHexString(output.WrittenSpan));
    }

    private static string Hex<TMethod>(scoped in TMethod method, ushort channel = 0)
        where TMethod : struct, IMethod<TMethod>, allows ref struct
    {
        var output = new ArrayBufferWriter<byte>();
        FrameWriter.WriteMethod(output, channel, in method);
        return Convert.ToHexString(output.WrittenSpan);
    }

    private static string Hex(MethodId method)
    {
        var output = new ArrayBufferWriter<byte>();
        FrameWriter.WriteMethod(output, 1, method);
        return Convert.ToHexString(output.WrittenSpan);
    }

    // Hexadecimal with text in quotes.
    private static string Plain(string example)
    {
        var parts = example.Split('\'');
        return string.Concat(parts.Select((part, i) =>
            i % 2 == 0 ? part.Replace(" ", "", StringComparison.Ordinal) : Convert.ToHexString(Encoding.ASCII.GetBytes(part))));
    }
}
