using System.Buffers;
using OrleansBroker.Amqp.Frames;

namespace OrleansBroker.Tests.Amqp.Frames;

public class ProtocolHeaders
{
    [Theory]
    [InlineData("414D515000000901", ProtocolHeaderMatch.Accepted)]
    [InlineData("414D515001010009", ProtocolHeaderMatch.Accepted)]
    [InlineData("414D515000000801", ProtocolHeaderMatch.Refused)]
    [InlineData("414D515000010000", ProtocolHeaderMatch.Refused)]
    [InlineData("414D515001010901", ProtocolHeaderMatch.Refused)]
    [InlineData("414D5150", ProtocolHeaderMatch.Incomplete)]
    [InlineData("", ProtocolHeaderMatch.Incomplete)]
    [InlineData("47", ProtocolHeaderMatch.Refused)]
    [InlineData("16030101", ProtocolHeaderMatch.Refused)]
    public void A_connection_is_judged_by_its_first_octets(string octets, ProtocolHeaderMatch expected)
    {
        byte[] sent = Convert.FromHexString(octets);
        byte[] more = expected == ProtocolHeaderMatch.Incomplete ? [] : [1, 2];
        for (var cut = 0; cut <= sent.Length; cut++)
        {
            var buffer = Segments.Of((byte[])[.. sent, .. more], cut);
            Assert.Equal(expected, ProtocolHeader.Read(ref buffer));
            Assert.Equal(expected == ProtocolHeaderMatch.Accepted ? 2 : sent.Length + more.Length, buffer.Length);
        }
    }

    [Fact]
    public void What_a_server_answers_is_what_it_accepts()
    {
        var buffer = new ReadOnlySequence<byte>(ProtocolHeader.Supported.ToArray());
        Assert.Equal(ProtocolHeaderMatch.Accepted, ProtocolHeader.Read(ref buffer));
    }
}
