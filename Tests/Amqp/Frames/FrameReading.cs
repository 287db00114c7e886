using System.Buffers;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Frames;

namespace OrleansBroker.Tests.Amqp.Frames;

public class FrameReading
{
    private const int FrameMax = 4096;

    // channel.close-ok, a header of an empty message, a body, a heartbeat.
    private static readonly byte[] Stream = Convert.FromHexString(
        "01000100000004" + "00140029" + "CE"
        + "0200020000000E" + "003C0000" + "0000000000000003" + "0000" + "CE"
        + "03000200000003" + "616263" + "CE"
        + "08000000000000" + "CE");

    private static readonly string[] Expected =
        ["Method 1 00140029", "Header 2 003C000000000000000000030000", "Body 2 616263", "Heartbeat 0 "];

    [Fact]
    public void Frames_are_read_wherever_the_octets_are_parted()
    {
        for (var one = 0; one <= Stream.Length; one++)
        {
            for (var other = one; other <= Stream.Length; other++)
            {
                Assert.Equal(Expected, ReadAll(Segments.Of(Stream, one, other), out var left));
                Assert.Equal(0, left);
            }
        }

        var eachAlone = Enumerable.Range(1, Stream.Length - 1).ToArray();
        Assert.Equal(Expected, ReadAll(Segments.Of(Stream, eachAlone), out _));
    }

    [Fact]
    public void A_frame_that_is_cut_is_left_until_the_rest_has_come()
    {
        int[] ends = [12, 34, 45, 53];
        for (var length = 0; length < Stream.Length; length++)
        {
            var whole = ends.Count(end => end <= length);
            foreach (var buffer in new[] { new ReadOnlySequence<byte>(Stream, 0, length), Segments.Of(Stream.AsMemory(0, length), length / 2) })
            {
                Assert.Equal(Expected[..whole], ReadAll(buffer, out var left));
                Assert.Equal(length - (whole == 0 ? 0 : ends[whole - 1]), left);
            }
        }
    }

    [Fact]
    public void A_payload_in_several_pieces_is_copied_whole_and_one_in_a_single_piece_not_at_all()
    {
        byte[] scratch = [];
        var reader = new FrameReader(new ReadOnlySequence<byte>(Stream), FrameMax);
        Assert.True(reader.TryRead(out var frame, out _));
        Assert.True(frame.Payload(ref scratch).Overlaps(Stream));
        Assert.Empty(scratch);

        reader = new FrameReader(Segments.Of(Stream, 9), FrameMax);
        Assert.True(reader.TryRead(out frame, out _));
        Assert.Equal([0, 20, 0, 41], frame.Payload(ref scratch).ToArray());
        Assert.Equal(4, scratch.Length);
    }

    [Theory]
    [InlineData(FrameMax, true)]
    [InlineData(FrameMax + 1, false)]
    [InlineData(int.MaxValue, false)]
    public void A_frame_too_large_is_refused_before_its_payload_is_waited_for(int size, bool accepted)
    {
        byte[] start = [3, 0, 1, (byte)(size >> 24), (byte)(size >> 16), (byte)(size >> 8), (byte)size];
        var error = ErrorOf(start);
        Assert.Equal(accepted, error is null);
        if (!accepted)
        {
            Assert.Equal(501, error!.ReplyCode);
            Assert.Equal($"FRAME_ERROR - type 3, all octets = <<>>: {{frame_too_large,{size},{FrameMax - 8}}}", error.ReplyText);
        }
    }

    [Theory]
    [InlineData("030001FFFFFFFF", 501, "a size that is negative if read as signed")]
    [InlineData("04000100000000", 501, "an unknown type")]
    [InlineData("00000000000000", 501, "no type")]
    [InlineData("47455420", 0, "too few octets to judge")]
    [InlineData("474554202F2048", 501, "something else altogether")]
    [InlineData("01000100000003", 501, "a method without its ids")]
    [InlineData("0200010000000D", 501, "a content header that is too short")]
    [InlineData("08000000000001", 501, "a heartbeat with something in it")]
    [InlineData("08000100000000", 505, "a heartbeat on a channel")]
    [InlineData("0200000000000E", 505, "a content header on channel 0")]
    [InlineData("03000000000001", 505, "a body on channel 0")]
    [InlineData("03000100000001FFCD", 501, "a wrong end")]
    public void What_is_no_frame_is_refused(string octets, int replyCode, string what)
    {
        var stream = Convert.FromHexString(octets);
        Assert.NotEmpty(what);
        Assert.Equal(replyCode, ErrorOf(stream)?.ReplyCode ?? 0);
        var split = new FrameReader(Segments.Of(stream, stream.Length / 2), FrameMax);
        Assert.False(split.TryRead(out _, out var error));
        Assert.Equal(replyCode, error?.ReplyCode ?? 0);
        Assert.True(error is null || error.ClosesConnection);
    }

    [Fact]
    public void A_larger_frame_passes_as_soon_as_it_has_been_negotiated()
    {
        byte[] large = [3, 0, 1, 0, 0, 0x20, 0, .. new byte[0x2000], 0xCE];
        var reader = new FrameReader(new ReadOnlySequence<byte>((byte[])[.. Stream, .. large]), FrameMax);
        for (var i = 0; i < Expected.Length; i++)
        {
            Assert.True(reader.TryRead(out _, out _));
        }

        reader.FrameMax = 131072;
        Assert.True(reader.TryRead(out var frame, out _));
        Assert.Equal(0x2000, frame.Length);
    }

    private static AmqpError? ErrorOf(byte[] octets)
    {
        var reader = new FrameReader(new ReadOnlySequence<byte>(octets), FrameMax);
        Assert.False(reader.TryRead(out _, out var error));
        return error;
    }

    private static List<string> ReadAll(ReadOnlySequence<byte> buffer, out long left)
    {
        byte[] scratch = [];
        var frames = new List<string>();
        var reader = new FrameReader(buffer, FrameMax);
        AmqpError? error;
        while (reader.TryRead(out var frame, out error))
        {
            var payload = Convert.ToHexString(frame.Payload(ref scratch));
            var copy = new byte[frame.Length];
            frame.CopyTo(copy);
            Assert.Equal(payload, Convert.ToHexString(copy));
            frames.Add($"{frame.Type} {frame.Channel} {payload}");
        }

        Assert.Null(error);
        left = buffer.Slice(reader.Position).Length;
        return frames;
    }
}
