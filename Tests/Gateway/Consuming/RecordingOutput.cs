using System.Buffers;
using System.Text;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Gateway.Channels;

namespace OrleansBroker.Tests.Gateway.Consuming;

/// <summary>What a channel wrote, parsed back. It has room until it is told that it has none.</summary>
internal sealed class RecordingOutput : IChannelOutput
{
    private readonly Lock _gate = new();
    private readonly List<Written> _written = [];
    private TaskCompletionSource? _full;

    public ushort Channel => 1;

    public int FrameMax { get; init; } = 4096;

    public IReadOnlyList<Written> All
    {
        get
        {
            lock (_gate)
            {
                return [.. _written];
            }
        }
    }

    public IReadOnlyList<Written> Deliveries => [.. All.Where(w => w.Method == MethodId.BasicDeliver)];

    public string[] Bodies => [.. Deliveries.Select(d => d.Body)];

    public void Write<TState>(TState state, Action<TState, IBufferWriter<byte>> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        write(state, buffer);
        lock (_gate)
        {
            Parse(buffer.WrittenMemory);
        }
    }

    public async ValueTask WaitForRoomAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _full) is { } full)
        {
            await full.Task.WaitAsync(cancellationToken);
        }
    }

    public void SetRoom(bool hasRoom)
    {
        var before = Interlocked.Exchange(ref _full, hasRoom ? null : new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        before?.TrySetResult();
    }

    private void Parse(ReadOnlyMemory<byte> octets)
    {
        var reader = new FrameReader(new ReadOnlySequence<byte>(octets), FrameMax);
        byte[] scratch = [];
        var content = new ContentAssembly(ContentAssembly.HardLimit);
        Written? current = null;
        while (reader.TryRead(out var frame, out var error))
        {
            Assert.Equal(1, frame.Channel);
            var payload = frame.Payload(ref scratch);
            switch (frame.Type)
            {
                case FrameType.Method:
                    current = Read(payload);
                    Assert.Null(content.OnMethod(current.Method));
                    _written.Add(current);
                    break;
                case FrameType.Header:
                    content.OnHeader(payload, out _, out error);
                    Assert.Null(error);
                    break;
                default:
                    content.OnBody(payload.Length, out _, out error);
                    Assert.Null(error);
                    _written[^1] = current = current! with { Body = current.Body + Encoding.UTF8.GetString(payload) };
                    break;
            }

            Assert.Null(error);
        }
    }

    private static Written Read(ReadOnlySpan<byte> payload)
    {
        var method = (MethodId)System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(payload);
        switch (method)
        {
            case MethodId.BasicDeliver:
                var deliver = MethodReader.Decode<BasicDeliver>(payload);
                return new Written(method)
                {
                    ConsumerTag = Encoding.UTF8.GetString(deliver.ConsumerTag),
                    Tag = deliver.DeliveryTag,
                    Redelivered = deliver.Redelivered,
                    RoutingKey = Encoding.UTF8.GetString(deliver.RoutingKey),
                };
            case MethodId.BasicGetOk:
                var got = MethodReader.Decode<BasicGetOk>(payload);
                return new Written(method) { Tag = got.DeliveryTag, Redelivered = got.Redelivered, Ready = got.MessageCount };
            case MethodId.BasicConsumeOk:
                return new Written(method) { ConsumerTag = MethodReader.Decode<BasicConsumeOk>(payload).ConsumerTag };
            case MethodId.BasicCancelOk:
                return new Written(method) { ConsumerTag = MethodReader.Decode<BasicCancelOk>(payload).ConsumerTag };
            case MethodId.BasicCancel:
                return new Written(method) { ConsumerTag = MethodReader.Decode<BasicCancel>(payload).ConsumerTag };
            default:
                return new Written(method);
        }
    }
}

/// <summary>A method that was written, with its content.</summary>
internal sealed record Written(MethodId Method)
{
    public string ConsumerTag { get; init; } = "";
    public ulong Tag { get; init; }
    public bool Redelivered { get; init; }
    public string RoutingKey { get; init; } = "";
    public string Body { get; init; } = "";
    public uint Ready { get; init; }
}
