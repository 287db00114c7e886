using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;
using OrleansBroker.Amqp.Tables;

namespace OrleansBroker.Amqp.Methods;

/// <summary>
/// Writes a method's arguments, named by their types in AMQP 0-9-1 §4.2.5. One made without a target counts octets only: that is
/// how a method's size is known before it is written.
/// </summary>
public ref struct MethodWriter
{
    private readonly Span<byte> _target;
    private readonly bool _writes;

    private MethodWriter(Span<byte> target)
    {
        _target = target;
        _writes = true;
    }

    /// <summary>Octets written or counted so far.</summary>
    public int Length { get; private set; }

    /// <summary>The size of a method frame's payload: ids and arguments.</summary>
    public static int SizeOf<TMethod>(scoped in TMethod method)
        where TMethod : struct, IMethod<TMethod>, allows ref struct
    {
        var counter = default(MethodWriter);
        TMethod.Write(in method, ref counter);
        return 4 + counter.Length;
    }

    /// <summary>Writes a method frame's payload, ids and arguments; returns its size.</summary>
    /// <exception cref="AmqpFormatException">An argument does not fit into its field.</exception>
    public static int Encode<TMethod>(scoped in TMethod method, Span<byte> target)
        where TMethod : struct, IMethod<TMethod>, allows ref struct
    {
        BinaryPrimitives.WriteInt32BigEndian(target, (int)TMethod.Id);
        var writer = new MethodWriter(target[4..]);
        TMethod.Write(in method, ref writer);
        return 4 + writer.Length;
    }

    /// <summary>An octet; also up to eight consecutive bits, the first in the lowest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteOctet(byte value)
    {
        if (_writes)
        {
            _target[Length] = value;
        }

        Length++;
    }

    /// <summary>A bit that stands alone.</summary>
    public void WriteBit(bool value) => WriteOctet(value ? (byte)1 : (byte)0);

    /// <summary>A 16-bit integer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteShort(ushort value)
    {
        if (_writes)
        {
            BinaryPrimitives.WriteUInt16BigEndian(_target[Length..], value);
        }

        Length += 2;
    }

    /// <summary>A 32-bit integer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteLong(uint value)
    {
        if (_writes)
        {
            BinaryPrimitives.WriteUInt32BigEndian(_target[Length..], value);
        }

        Length += 4;
    }

    /// <summary>A 64-bit integer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteLongLong(ulong value)
    {
        if (_writes)
        {
            BinaryPrimitives.WriteUInt64BigEndian(_target[Length..], value);
        }

        Length += 8;
    }

    /// <summary>A short string.</summary>
    public void WriteShortString(string text)
    {
        var length = FieldTableWriter.ShortStringLength(Encoding.UTF8.GetByteCount(text));
        WriteOctet((byte)length);
        if (_writes)
        {
            Encoding.UTF8.GetBytes(text, _target[Length..]);
        }

        Length += length;
    }

    /// <summary>A short string that is UTF-8 already.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteShortOctets(scoped ReadOnlySpan<byte> text)
    {
        WriteOctet((byte)FieldTableWriter.ShortStringLength(text.Length));
        Copy(text);
    }

    /// <summary>A long string.</summary>
    public void WriteLongString(scoped ReadOnlySpan<byte> octets)
    {
        WriteLong((uint)octets.Length);
        Copy(octets);
    }

    /// <summary>A long string of text.</summary>
    public void WriteLongText(string text) => WriteLongString(Encoding.UTF8.GetBytes(text));

    /// <summary>A field table; none is written as an empty one.</summary>
    public void WriteTable(FieldTable? table) => Copy(FieldTableWriter.ToArray(table ?? FieldTable.Empty));

    private void Copy(scoped ReadOnlySpan<byte> octets)
    {
        if (_writes)
        {
            octets.CopyTo(_target[Length..]);
        }

        Length += octets.Length;
    }
}
