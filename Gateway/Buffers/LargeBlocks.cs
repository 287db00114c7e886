using System.Buffers;
using System.Collections.Concurrent;

namespace OrleansBroker.Gateway.Buffers;

/// <summary>Blocks for sockets to read and write many messages at once; shared by all pools of the process.</summary>
/// <param name="most">How many there may be: they are kept once they were needed.</param>
internal sealed class LargeBlocks(int most)
{
    /// <summary>One call to the kernel for some thirty messages of 1 KiB: more than that a socket seldom has at once.</summary>
    public const int BlockOctets = 32 * 1024;

    private readonly ConcurrentStack<Block> _free = new();
    private int _made;

    /// <summary>Rents a block; null where as many are in use as there may be.</summary>
    public IMemoryOwner<byte>? TryRent()
    {
        if (_free.TryPop(out var block))
        {
            return block;
        }

        return Volatile.Read(ref _made) < most && Interlocked.Increment(ref _made) <= most ? new Block(this) : null;
    }

    // Pinned, for the kernel writes into it while a read is under way, which is most of the time.
    private sealed class Block(LargeBlocks blocks) : IMemoryOwner<byte>
    {
        private readonly byte[] _octets = GC.AllocateUninitializedArray<byte>(BlockOctets, pinned: true);

        public Memory<byte> Memory => _octets;

        public void Dispose() => blocks._free.Push(this);
    }
}
