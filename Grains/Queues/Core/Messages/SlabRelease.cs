using System.Runtime.InteropServices;

namespace OrleansBroker.Grains.Queues.Core.Messages;

/// <summary>
/// Gives messages that stay bytes of their own, so that one of them does not keep the slab of many alive. A checkpoint per band says
/// what was in memory at a time; what is still there when the hold has passed is copied, a bounded number at a time.
/// </summary>
internal sealed class SlabRelease(ReadyList ready, QueueLimits limits, long now)
{
    private const int CopiesPerRun = 4_096;
    private const long Pause = 100;
    // Less than this beside the message in its array is no slab worth a copy.
    private const int Slack = 256;
    private readonly Dictionary<byte, Checkpoint> _checkpoints = [];

    /// <summary>When it is to run next.</summary>
    public long Next { get; private set; } = now + limits.SlabHold;

    public void Run(long now)
    {
        if (now < Next)
        {
            return;
        }

        var budget = CopiesPerRun;
        foreach (var band in ready.Bands)
        {
            if (band is not null && budget > 0)
            {
                _checkpoints[band.Priority] = Visit(band, _checkpoints.GetValueOrDefault(band.Priority), ref budget);
            }
        }

        Next = now + (budget > 0 ? limits.SlabHold : Pause);
    }

    private Checkpoint Visit(Band band, Checkpoint checkpoint, ref int budget)
    {
        var window = band.Window;
        for (var i = window.OffsetAfter(checkpoint.Done);
            window.ElementAt(i) is { } message && message.Sequence <= checkpoint.UpTo;
            i++)
        {
            if (budget == 0)
            {
                return checkpoint;
            }

            checkpoint = checkpoint with { Done = message.Sequence };
            if (message.State != MessageState.Gone && IsSlice(message))
            {
                ready.Replace(message, message.Message.Detach());
                budget--;
            }
        }

        return new Checkpoint(UpTo: window.Newest?.Sequence ?? checkpoint.UpTo, Done: checkpoint.UpTo);
    }

    private static bool IsSlice(QueuedMessage message) =>
        IsSlice(message.Message.Body, message) || IsSlice(message.Message.Properties, message);

    private static bool IsSlice(ReadOnlyMemory<byte> memory, QueuedMessage message) =>
        MemoryMarshal.TryGetArray(memory, out var array) && array.Array!.Length > message.Message.Size + Slack;

    private readonly record struct Checkpoint(long UpTo, long Done);
}
