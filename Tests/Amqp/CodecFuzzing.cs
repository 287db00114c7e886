using System.Buffers;
using System.Globalization;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Tests.Amqp.Frames;
using OrleansBroker.Tests.Amqp.Methods;

namespace OrleansBroker.Tests.Amqp;

/// <summary>
/// Whatever octets come, they are frames, too few of them, or a typed refusal, at a cost in proportion to what was sent.
/// The environment variable <c>ORLEANSBROKER_FUZZ_INPUTS</c> says how many inputs are tried, 200,000 unless set, and
/// <c>ORLEANSBROKER_FUZZ_SEED</c> which.
/// </summary>
public class CodecFuzzing
{
    private const int FrameMax = 8192;

    // Most costly by the octet is a field of two octets: a boxed value, a name, and room in a growing list.
    private const int AllocatedPerOctet = 160;
    private const int AllocatedAtAll = 16 * 1024;

    // The first refusals pay for what the runtime sets up once.
    private const int WarmUp = 1000;

    private static readonly byte[][] Valid = ValidFrames();

    private readonly int[] _outcomes = new int[3];
    private ContentAssembly _assembly = new(1 << 20);
    private byte[] _scratch = new byte[FrameMax];

    [Fact]
    public void Any_octets_are_frames_or_a_typed_refusal_and_allocate_within_bounds()
    {
        var inputs = Setting("ORLEANSBROKER_FUZZ_INPUTS", 200_000);
        var random = new Random(Setting("ORLEANSBROKER_FUZZ_SEED", 20091116));
        var input = new byte[2 * FrameMax];
        foreach (var frames in Valid)
        {
            Run(frames, 0);
        }

        for (var i = 0; i < inputs; i++)
        {
            var length = random.Next(4) == 0 ? Noise(random, input) : Mutated(random, input);
            var cut = random.Next(3) == 0 ? random.Next(length + 1) : 0;
            var before = GC.GetAllocatedBytesForCurrentThread();
            Run(input.AsMemory(0, length), cut);
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (i >= WarmUp && allocated > AllocatedAtAll + (AllocatedPerOctet * (long)length))
            {
                Assert.Fail($"Input {i} of {length} octets allocated {allocated}: {Convert.ToHexString(input, 0, length)}");
            }
        }

        // The inputs are worth something only if they get everywhere: accepted, refused as frames, refused within them.
        Assert.All(_outcomes, outcome => Assert.InRange(outcome, inputs / 10, inputs));
    }

    private static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { } value ? int.Parse(value, CultureInfo.InvariantCulture) : otherwise;

    private void Run(ReadOnlyMemory<byte> input, int cut)
    {
        _assembly = new ContentAssembly(1 << 20);
        try
        {
            var buffer = cut == 0 ? new ReadOnlySequence<byte>(input) : Segments.Of(input, cut);
            var reader = new FrameReader(buffer, FrameMax);
            AmqpError? error;
            bool goesOn;
            do
            {
                goesOn = reader.TryRead(out var frame, out error) && (error = Take(frame)) is null;
            }
            while (goesOn);

            _outcomes[error is null ? 0 : 1]++;
        }
        catch (AmqpFormatException refusal)
        {
            _outcomes[2]++;
            Assert.True(refusal.ReplyCode is ReplyCodes.FrameError or ReplyCodes.SyntaxError);
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"cut at {cut}: {Convert.ToHexString(input.Span)}", exception);
        }
    }

    private AmqpError? Take(in Frame frame)
    {
        AmqpError? error = null;
        switch (frame.Type)
        {
            case FrameType.Method:
                var payload = frame.Payload(ref _scratch);
                var id = MethodIds.Read(payload);
                error = AnyMethod.Decode(payload) ? _assembly.OnMethod(id) : AmqpError.Unhandled(id);
                break;
            case FrameType.Header:
                if (_assembly.OnHeader(frame.Payload(ref _scratch), out var header, out error) != ContentProgress.Violation)
                {
                    ReadAccepted(header.Properties);
                }

                break;
            case FrameType.Body:
                _assembly.OnBody(frame.Length, out _, out error);
                break;
        }

        return error is { ClosesConnection: true } ? error : null;
    }

    private static void ReadAccepted(ReadOnlySpan<byte> properties)
    {
        try
        {
            BasicPropertiesReader.Read(properties);
        }
        catch (AmqpFormatException refusal)
        {
            throw new InvalidOperationException("Properties were accepted that cannot be read.", refusal);
        }
    }

    // Half of the noise gets as far as the method decoder, because its frame and ids are right.
    private static int Noise(Random random, byte[] input)
    {
        var length = random.Next(1, random.Next(8) == 0 ? 2000 : 60);
        random.NextBytes(input.AsSpan(0, length));
        if (length < Frame.Overhead + 4 || random.Next(2) == 0)
        {
            return length;
        }

        byte[] start = [1, 0, 1, 0, 0, (byte)((length - 8) >> 8), (byte)(length - 8)];
        start.CopyTo(input, 0);
        Valid[random.Next(Valid.Length)].AsSpan(7, 4).CopyTo(input.AsSpan(7));
        input[length - 1] = Frame.End;
        return length;
    }

    private static int Mutated(Random random, byte[] input)
    {
        var length = 0;
        for (var frames = random.Next(1, 4); frames > 0; frames--)
        {
            var frame = Valid[random.Next(Valid.Length)];
            frame.CopyTo(input, length);
            length += frame.Length;
        }

        for (var changes = random.Next(0, 4); changes > 0; changes--)
        {
            var at = random.Next(length);
            switch (random.Next(5))
            {
                case 0:
                    input[at] = (byte)random.Next(256);
                    break;
                case 1:
                    input[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    input[at] = "\0\x01\x7F\x80\xFF"u8[random.Next(5)];
                    break;
                case 3:
                    var from = random.Next(length);
                    var count = Math.Min(random.Next(1, 16), length - Math.Max(from, at));
                    input.AsSpan(from, count).CopyTo(input.AsSpan(at));
                    break;
                default:
                    length = Math.Max(1, length - random.Next(3));
                    break;
            }
        }

        return length;
    }

    private static byte[][] ValidFrames()
    {
        var table = new FieldTable(
        [
            new("text", "value"), new("array", new object?[] { 1, 2L, "three", null, true, new FieldTable([new("n", 1.5)]) }),
            new("bytes", new byte[] { 1, 2, 3 }), new("decimal", 3.14m), new("when", new AmqpTimestamp(1)),
        ]);
        var properties = BasicPropertiesWriter.ToArray(new BasicProperties
        {
            ContentType = "text/plain",
            Headers = table,
            DeliveryMode = 2,
            Priority = 1,
            CorrelationId = "c",
            Expiration = "60000",
            Timestamp = new AmqpTimestamp(1),
            UserId = "guest",
            ClusterId = "x",
        });
        var frames = new List<byte[]>
        {
            Frames(new ConnectionStartOk(table, "PLAIN", "\0guest\0guest"u8.ToArray(), "en_US")), Frames(new ConnectionTuneOk(2047, 131072, 60)),
            Frames(new ConnectionOpen("/")), Frames(new ConnectionClose(200, "bye", MethodId.None)), Frames(new ConnectionUpdateSecret(new byte[9], "why")),
            Frames(default(ChannelOpen)), Frames(new ChannelFlow(true)), Frames(default(AccessRequest)),
            Frames(new ExchangeDeclare("e", "topic", ExchangeDeclareFlags.Durable, table)), Frames(new ExchangeBind("a", "b", "k", false, table)),
            Frames(new QueueDeclare("q", QueueDeclareFlags.Durable, table)), Frames(new QueueBind("q", "e", "k.#", false, FieldTable.Empty)),
            Frames(new QueueDelete("q", QueueDeleteFlags.IfEmpty)), Frames(new BasicQos(0, 10, true)), Frames(new BasicGet("q", true)),
            Frames(new BasicConsume("q", "tag", BasicConsumeFlags.NoAck, table)), Frames(new BasicAck(1, true)), Frames(new BasicReject(1, true)),
            Frames(new BasicNack(1, BasicNackFlags.Requeue)), Frames(new ConfirmSelect(false)), Frames(new BasicCancel("tag", true)),
        };
        foreach (var (encoded, body, frameMax) in new (byte[], int, int)[] { (properties, 20, 16), (properties, 0, 0), ([], 300, 0), ([], 3, 0) })
        {
            var output = new ArrayBufferWriter<byte>();
            ContentWriter.Write(output, 1, new BasicPublish { Exchange = "e"u8, RoutingKey = "a.b.c"u8 }, encoded, new byte[body], frameMax);
            frames.Add(output.WrittenSpan.ToArray());
        }

        return [.. frames];
    }

    private static byte[] Frames<TMethod>(TMethod method)
        where TMethod : struct, IMethod<TMethod>
    {
        var output = new ArrayBufferWriter<byte>();
        FrameWriter.WriteMethod(output, 1, method);
        return output.WrittenSpan.ToArray();
    }
}
