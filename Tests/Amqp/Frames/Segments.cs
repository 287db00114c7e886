using System.Buffers;

namespace OrleansBroker.Tests.Amqp.Frames;

/// <summary>Octets in several pieces, as a pipe may hand them over.</summary>
internal sealed class Segments : ReadOnlySequenceSegment<byte>
{
    private Segments(ReadOnlyMemory<byte> memory, long runningIndex)
    {
        Memory = memory;
        RunningIndex = runningIndex;
    }

    /// <summary>The octets parted before each of the positions, which ascend; two alike make an empty piece.</summary>
    public static ReadOnlySequence<byte> Of(ReadOnlyMemory<byte> octets, params int[] cuts)
    {
        var first = new Segments(octets[..(cuts.Length == 0 ? octets.Length : cuts[0])], 0);
        var last = first;
        for (var i = 0; i < cuts.Length; i++)
        {
            var end = i + 1 < cuts.Length ? cuts[i + 1] : octets.Length;
            var next = new Segments(octets[cuts[i]..end], cuts[i]);
            last.Next = next;
            last = next;
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }
}
