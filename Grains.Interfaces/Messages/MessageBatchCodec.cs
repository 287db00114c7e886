using System.Buffers;
using Orleans.Serialization.Buffers;
using Orleans.Serialization.Cloning;
using Orleans.Serialization.Codecs;
using Orleans.Serialization.WireProtocol;

namespace OrleansBroker.Grains.Interfaces.Messages;

/// <summary>
/// The wire form of a batch: one length-prefixed field that <see cref="MessageBlock"/> writes and reads.
/// </summary>
[RegisterSerializer]
public sealed class MessageBatchCodec : IFieldCodec<MessageBatch>
{
    /// <inheritdoc/>
    public void WriteField<TBufferWriter>(ref Writer<TBufferWriter> writer, uint fieldIdDelta, Type? expectedType, MessageBatch? value)
        where TBufferWriter : IBufferWriter<byte>
    {
        if (ReferenceCodec.TryWriteReferenceField(ref writer, fieldIdDelta, expectedType, value))
        {
            return;
        }

        writer.WriteFieldHeader(fieldIdDelta, expectedType, typeof(MessageBatch), WireType.LengthPrefixed);
        writer.WriteVarUInt32(checked((uint)MessageBlock.Size(value!.Messages.Span)));
        MessageBlock.Write(ref writer, value.Messages.Span);
    }

    /// <inheritdoc/>
    public MessageBatch? ReadValue<TInput>(ref Reader<TInput> reader, Field field)
    {
        if (field.WireType == WireType.Reference)
        {
            return ReferenceCodec.ReadReference<MessageBatch, TInput>(ref reader, field);
        }

        field.EnsureWireType(WireType.LengthPrefixed);
        _ = reader.ReadVarUInt32();
        var batch = new MessageBatch(MessageBlock.Read(ref reader));
        ReferenceCodec.RecordObject(reader.Session, batch);
        return batch;
    }
}

/// <summary>Batches are immutable: a copy is the batch itself.</summary>
[RegisterCopier]
public sealed class MessageBatchCopier : IDeepCopier<MessageBatch>, IOptionalDeepCopier
{
    /// <inheritdoc/>
    public MessageBatch? DeepCopy(MessageBatch? input, CopyContext context) => input;

    /// <inheritdoc/>
    public bool IsShallowCopyable() => true;
}
