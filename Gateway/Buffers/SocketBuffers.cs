using System.Buffers;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;

namespace OrleansBroker.Gateway.Buffers;

/// <summary>
/// The memory of Kestrel's sockets. Its own blocks of 4 KiB make a read for every three messages of 1 KiB; as long as few connections
/// are busy theirs are larger. Behind these is Kestrel's own pool, so that ten thousand peers that stop in the middle of a frame take
/// no more than they would there.
/// </summary>
internal sealed class SocketBuffers(IMemoryPoolFactory<byte> small) : IMemoryPoolFactory<byte>
{
    // 32 MiB: enough for some hundred busy connections, and more are not busy at once on any machine.
    private const int MostLarge = 1024;

    private readonly LargeBlocks _large = new(MostLarge);

    /// <summary>Puts it before what is registered.</summary>
    public static void Register(IServiceCollection services)
    {
        var own = services.Last(service => service.ServiceType == typeof(IMemoryPoolFactory<byte>));
        services.AddSingleton<IMemoryPoolFactory<byte>>(provider => new SocketBuffers((IMemoryPoolFactory<byte>)(
            own.ImplementationFactory?.Invoke(provider) ?? ActivatorUtilities.CreateInstance(provider, own.ImplementationType!))));
    }

    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new Pool(_large, small.Create(options));

    private sealed class Pool(LargeBlocks large, MemoryPool<byte> small) : MemoryPool<byte>
    {
        // A pipe asks for no more than this at once, and gets what there is.
        public override int MaxBufferSize => small.MaxBufferSize;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1) =>
            minBufferSize <= LargeBlocks.BlockOctets && large.TryRent() is { } block ? block : small.Rent(minBufferSize);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                small.Dispose();
            }
        }
    }
}
