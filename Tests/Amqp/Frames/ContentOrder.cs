using System.Buffers.Binary;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Tables;

namespace OrleansBroker.Tests.Amqp.Frames;

public class ContentOrder
{
    private const int Max = 1000;

    private readonly ContentAssembly _assembly = new(Max);

    [Fact]
    public void A_body_in_pieces_is_put_together_by_their_offsets()
    {
        Assert.Null(_assembly.OnMethod(MethodId.BasicPublish));
        Assert.Equal(ContentProgress.Incomplete, _assembly.OnHeader(Header(10), out var header, out _));
        Assert.Equal(10ul, header.BodySize);
        Assert.Equal([0, 0], header.Properties.ToArray());
        foreach (var (length, expectedOffset) in new[] { (4, 0), (0, 4), (5, 4) })
        {
            Assert.Equal(ContentProgress.Incomplete, _assembly.OnBody(length, out var offset, out _));
            Assert.Equal(expectedOffset, offset);
        }

        Assert.Equal(ContentProgress.Complete, _assembly.OnBody(1, out var last, out _));
        Assert.Equal(9, last);
        Assert.Null(_assembly.OnMethod(MethodId.BasicAck));
        Assert.Null(_assembly.OnMethod(MethodId.BasicPublish));
    }

    [Fact]
    public void An_empty_body_has_no_frame()
    {
        Assert.Null(_assembly.OnMethod(MethodId.BasicPublish));
        Assert.Equal(ContentProgress.Complete, _assembly.OnHeader(Header(0), out _, out _));
        Assert.Null(_assembly.OnMethod(MethodId.BasicPublish));
    }

    [Fact]
    public void More_body_than_announced_is_a_frame_error()
    {
        Begin(10);
        _assembly.OnBody(9, out _, out _);
        Assert.Equal(ContentProgress.Violation, _assembly.OnBody(2, out _, out var error));
        Refused(error, 501, "FRAME_ERROR - content body frame exceeds remaining content size", MethodId.BasicPublish);
    }

    [Fact]
    public void Content_without_a_method_is_unexpected()
    {
        const string Text = "UNEXPECTED_FRAME - expected method frame, got non method frame instead";
        Assert.Equal(ContentProgress.Violation, _assembly.OnHeader(Header(1), out _, out var error));
        Refused(error, 505, Text, MethodId.None);
        Assert.Equal(ContentProgress.Violation, _assembly.OnBody(1, out _, out error));
        Refused(error, 505, Text, MethodId.None);
        Begin(0);
        Assert.Equal(ContentProgress.Violation, _assembly.OnBody(0, out _, out error));
        Refused(error, 505, Text, MethodId.None);
    }

    [Fact]
    public void A_method_or_a_body_in_place_of_the_header_is_unexpected()
    {
        const string Text = "UNEXPECTED_FRAME - expected content header for class 60, got non content header frame instead";
        Assert.Null(_assembly.OnMethod(MethodId.BasicPublish));
        Refused(_assembly.OnMethod(MethodId.BasicPublish), 505, Text, MethodId.BasicPublish);
        Assert.Equal(ContentProgress.Violation, _assembly.OnBody(1, out _, out var error));
        Refused(error, 505, Text, MethodId.BasicPublish);
        Assert.Equal(ContentProgress.Violation, _assembly.OnHeader(Header(1, weight: 1), out _, out error));
        Refused(error, 505, Text, MethodId.BasicPublish);
    }

    [Fact]
    public void A_method_or_a_header_in_place_of_a_body_is_unexpected()
    {
        const string Text = "UNEXPECTED_FRAME - expected content body, got non content body frame instead";
        Begin(10);
        Refused(_assembly.OnMethod(MethodId.ChannelClose), 505, Text, MethodId.BasicPublish);
        Assert.Equal(ContentProgress.Violation, _assembly.OnHeader(Header(1), out _, out var error));
        Refused(error, 505, Text, MethodId.BasicPublish);
    }

    [Fact]
    public void A_header_of_another_class_is_unexpected()
    {
        Assert.Null(_assembly.OnMethod(MethodId.BasicPublish));
        Assert.Equal(ContentProgress.Violation, _assembly.OnHeader(Header(1, classId: 50), out _, out var error));
        Refused(error, 505, "UNEXPECTED_FRAME - expected content header for class 60, got one for class 50 instead", MethodId.BasicPublish);
    }

    [Fact]
    public void Content_above_the_configured_size_is_refused_by_its_header_and_its_body_dropped()
    {
        Assert.Null(_assembly.OnMethod(MethodId.BasicPublish));
        Assert.Equal(ContentProgress.TooLarge, _assembly.OnHeader(Header(Max + 1), out _, out var error));
        Refused(error, 406, "PRECONDITION_FAILED - message size 1001 is larger than configured max size 1000", MethodId.BasicPublish);
        Assert.False(error!.ClosesConnection);
        Assert.Equal(ContentProgress.Dropped, _assembly.OnBody(Max, out _, out _));
        Assert.Equal(ContentProgress.Dropped, _assembly.OnBody(1, out _, out _));
        Begin(Max);
        Assert.Equal(ContentProgress.Complete, _assembly.OnBody(Max, out _, out _));
    }

    [Theory]
    [InlineData(ContentAssembly.HardLimit + 1ul)]
    [InlineData(ulong.MaxValue)]
    public void Content_above_every_size_closes_the_connection(ulong size)
    {
        Assert.Null(_assembly.OnMethod(MethodId.BasicPublish));
        Assert.Equal(ContentProgress.Violation, _assembly.OnHeader(Header(size), out _, out var error));
        Refused(error, 501, $"FRAME_ERROR - content body size {size} exceeds maximum allowed size 536870912", MethodId.BasicPublish);
    }

    [Theory]
    [InlineData("8000", "a property is missing")]
    [InlineData("80000261", "a property ends early")]
    [InlineData("100002FF", "octets follow the properties")]
    [InlineData("0001", "another word of flags is announced")]
    [InlineData("2000000000040161", "the headers end early")]
    [InlineData("200000000003016156" + "00", "octets follow the headers")]
    [InlineData("200000000004016144" + "1D", "a decimal is cut")]
    [InlineData("20000000000901614700000000", "a header's type is unknown")]
    public void Properties_that_cannot_be_read_are_refused(string properties, string why)
    {
        Assert.NotEmpty(why);
        Assert.Null(_assembly.OnMethod(MethodId.BasicPublish));
        byte[] payload = [.. Header(0)[..12], .. Convert.FromHexString(properties)];
        Assert.Equal(502, Assert.Throws<AmqpFormatException>(() => _assembly.OnHeader(payload, out _, out _)).ReplyCode);
    }

    [Theory]
    [MemberData(nameof(FieldTables.Fields), MemberType = typeof(FieldTables))]
    public void Properties_are_handed_on_octet_by_octet(byte[] value, object? meaning)
    {
        byte[] properties = [0x60, 0x08, 1, (byte)'e', .. FieldTables.Encoded([1, (byte)'a', .. value]), 3, (byte)'a', (byte)'p', (byte)'p'];
        Assert.Null(_assembly.OnMethod(MethodId.BasicPublish));
        _assembly.OnHeader([.. Header(0)[..12], .. properties], out var header, out _);
        Assert.Equal(properties, header.Properties.ToArray());
        Assert.Equal(meaning, BasicPropertiesReader.Headers(header.Properties)!["a"], FieldValueComparer.Instance);
    }

    private void Begin(ulong bodySize)
    {
        Assert.Null(_assembly.OnMethod(MethodId.BasicPublish));
        _assembly.OnHeader(Header(bodySize), out _, out var error);
        Assert.Null(error);
    }

    private static void Refused(AmqpError? error, ushort replyCode, string text, MethodId method) =>
        Assert.Equal(new AmqpError(replyCode, text, method), error);

    private static byte[] Header(ulong bodySize, ushort classId = 60, ushort weight = 0)
    {
        var payload = new byte[14];
        BinaryPrimitives.WriteUInt16BigEndian(payload, classId);
        BinaryPrimitives.WriteUInt16BigEndian(payload.AsSpan(2), weight);
        BinaryPrimitives.WriteUInt64BigEndian(payload.AsSpan(4), bodySize);
        return payload;
    }
}
