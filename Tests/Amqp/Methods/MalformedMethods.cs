using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;

namespace OrleansBroker.Tests.Amqp.Methods;

public class MalformedMethods
{
    [Fact]
    public void A_method_that_is_cut_anywhere_is_a_syntax_error()
    {
        var payload = Declare();
        for (var length = 4; length < payload.Length; length++)
        {
            Assert.Equal(502, Refusal(() => AnyMethod.Decode(payload.AsSpan(0, length))).ReplyCode);
        }
    }

    [Fact]
    public void Octets_behind_the_last_argument_are_a_syntax_error()
    {
        Assert.Equal(502, Refusal(() => AnyMethod.Decode([.. Declare(), 0])).ReplyCode);
        Assert.Equal(502, Refusal(() => AnyMethod.Decode([0, 90, 0, 10, 0])).ReplyCode);
    }

    [Theory]
    [InlineData("003C00280000" + "01FF" + "00" + "00")]
    [InlineData("003C00280000" + "00" + "02C328" + "00")]
    [InlineData("0032001E0000" + "01FF" + "00")]
    public void A_short_string_that_is_no_UTF8_is_a_frame_error(string payload)
    {
        var refusal = Refusal(() => AnyMethod.Decode(Convert.FromHexString(payload)));
        var error = AmqpError.Of(refusal, MethodId.BasicPublish);
        Assert.Equal(new AmqpError(501, "FRAME_ERROR - Malformed UTF-8 in shortstr", MethodId.BasicPublish), error);
    }

    [Fact]
    public void A_table_that_nests_too_deep_is_a_syntax_error()
    {
        byte[] table = [0, 0, 0, 0];
        for (var i = 0; i <= FieldTableReader.MaxDepth; i++)
        {
            table = FieldTables.Encoded([1, (byte)'a', (byte)'F', .. table]);
        }

        byte[] payload = [.. Declare()[..^4], .. table];
        Assert.Equal(502, Refusal(() => AnyMethod.Decode(payload)).ReplyCode);
    }

    [Fact]
    public void Less_than_the_ids_is_a_frame_error() => Assert.Equal(501, Refusal(() => MethodIds.Read([0, 60, 0])).ReplyCode);

    [Fact]
    public void An_argument_that_does_not_fit_is_not_written()
    {
        var name = new string('n', 256);
        Assert.Throws<AmqpFormatException>(() => MethodWriter.SizeOf(new BasicConsumeOk(name)));
        Assert.Throws<AmqpFormatException>(() => MethodWriter.SizeOf(new BasicPublish { Exchange = new byte[256], RoutingKey = [] }));
    }

    [Theory]
    [InlineData(MethodId.BasicDeliver, 503, "COMMAND_INVALID - unimplemented method basic.deliver")]
    [InlineData((MethodId)((60 << 16) | 99), 540, "NOT_IMPLEMENTED - unknown method 60.99")]
    [InlineData((MethodId)(-1), 540, "NOT_IMPLEMENTED - unknown method 65535.65535")]
    public void A_method_that_nobody_handles_has_its_error(MethodId method, int replyCode, string text)
    {
        var error = AmqpError.Unhandled(method);
        Assert.Equal(new AmqpError((ushort)replyCode, text, method), error);
        Assert.True(error.ClosesConnection);
        Assert.Equal(new ConnectionClose((ushort)replyCode, text, method), ConnectionClose.Of(error));
    }

    [Fact]
    public void A_reply_text_is_cut_between_characters_to_what_a_short_string_holds()
    {
        var error = AmqpError.Of(ReplyCodes.NotFound, new string('é', 200));
        Assert.Equal("NOT_FOUND - " + new string('é', 120) + "...", error.ReplyText);
        Assert.True(MethodWriter.SizeOf(ChannelClose.Of(error)) <= 4 + 2 + 256 + 4);
    }

    [Theory]
    [InlineData(MethodId.BasicRecoverAsync, 60, 100, "basic.recover-async")]
    [InlineData(MethodId.ConnectionStartOk, 10, 11, "connection.start-ok")]
    [InlineData(MethodId.ExchangeUnbindOk, 40, 51, "exchange.unbind-ok")]
    [InlineData(MethodId.QueueUnbind, 50, 50, "queue.unbind")]
    [InlineData(MethodId.ConfirmSelect, 85, 10, "confirm.select")]
    [InlineData(MethodId.TxRollbackOk, 90, 31, "tx.rollback-ok")]
    [InlineData(MethodId.ConnectionUpdateSecret, 10, 70, "connection.update-secret")]
    [InlineData((MethodId)((999 << 16) | 1), 999, 1, "999.1")]
    public void A_method_has_its_numbers_and_its_name(MethodId method, int classId, int number, string name)
    {
        Assert.Equal(classId, method.ClassId());
        Assert.Equal(number, method.Number());
        Assert.Equal(name, method.Name());
    }

    [Theory]
    [InlineData(ReplyCodes.NotFound, "NOT_FOUND", false)]
    [InlineData(ReplyCodes.ContentTooLarge, "CONTENT_TOO_LARGE", false)]
    [InlineData(ReplyCodes.PreconditionFailed, "PRECONDITION_FAILED", false)]
    [InlineData(ReplyCodes.ConnectionForced, "CONNECTION_FORCED", true)]
    [InlineData(ReplyCodes.InvalidPath, "INVALID_PATH", true)]
    [InlineData(ReplyCodes.ChannelError, "CHANNEL_ERROR", true)]
    [InlineData(ReplyCodes.InternalError, "INTERNAL_ERROR", true)]
    public void A_reply_code_has_a_name_and_closes_channel_or_connection(ushort replyCode, string name, bool closesConnection)
    {
        Assert.Equal(name, ReplyCodes.NameOf(replyCode));
        Assert.Equal(closesConnection, ReplyCodes.ClosesConnection(replyCode));
    }

    private static AmqpFormatException Refusal(Action decoding) => Assert.Throws<AmqpFormatException>(decoding);

    private static byte[] Declare()
    {
        var declare = new QueueDeclare("q", QueueDeclareFlags.None, FieldTable.Empty);
        var payload = new byte[MethodWriter.SizeOf(declare)];
        MethodWriter.Encode(declare, payload);
        return payload;
    }
}
