using System.Buffers;
using Microsoft.AspNetCore.Connections;
using OrleansBroker.Gateway.Buffers;

namespace OrleansBroker.Tests.Gateway;

public sealed class SocketBufferTests
{
    [Fact]
    public void Large_blocks_come_back_and_are_never_more_than_there_may_be()
    {
        var blocks = new LargeBlocks(most: 2);
        var one = blocks.TryRent()!;
        var other = blocks.TryRent()!;
        Assert.Equal((LargeBlocks.BlockOctets, LargeBlocks.BlockOctets), (one.Memory.Length, other.Memory.Length));
        Assert.Null(blocks.TryRent());
        one.Dispose();
        Assert.Same(one, blocks.TryRent());
        Assert.Null(blocks.TryRent());
    }

    [Fact]
    public void Behind_the_large_blocks_are_those_of_the_pool_that_was_there()
    {
        var factory = new SocketBuffers(new PlainPools());
        using var pool = factory.Create();
        using var other = factory.Create();
        var rented = new List<IMemoryOwner<byte>>();
        do
        {
            rented.Add((rented.Count % 2 == 0 ? pool : other).Rent(4096));
        }
        while (rented[^1].Memory.Length == LargeBlocks.BlockOctets && rented.Count < 100_000);

        Assert.Equal(4096, rented[^1].Memory.Length);
        Assert.InRange((rented.Count - 1) * LargeBlocks.BlockOctets, 1 << 20, 64 << 20);
        rented.ForEach(block => block.Dispose());
    }

    [Fact]
    public void What_is_larger_than_a_large_block_is_the_other_pool_s()
    {
        using var pool = new SocketBuffers(new PlainPools()).Create();
        using var block = pool.Rent(LargeBlocks.BlockOctets + 1);
        Assert.True(block.Memory.Length > LargeBlocks.BlockOctets);
    }

    private sealed class PlainPools : IMemoryPoolFactory<byte>
    {
        public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => MemoryPool<byte>.Shared;
    }
}
