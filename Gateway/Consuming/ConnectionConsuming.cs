using Microsoft.Extensions.Logging;
using OrleansBroker.ClientLib.Consuming;
using OrleansBroker.Gateway.Channels;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Replies;
using OrleansBroker.Grains.Interfaces.Tracing;

namespace OrleansBroker.Gateway.Consuming;

/// <summary>
/// What all channels of a connection share of consuming: the host of their consumers, which keeps their leases. It is made for the first
/// that needs it, for most connections only publish, or do nothing.
/// </summary>
internal sealed class ConnectionConsuming(Guid connection, string virtualHost, ConsumingServices services) : IAsyncDisposable
{
    private Shared? _shared;

    /// <summary>The consuming side of a channel.</summary>
    public ChannelConsuming CreateChannel(IChannelOutput output, ChannelIdentity identity) =>
        new(output, identity, LazyInitializer.EnsureInitialized(ref _shared, Create).Host, services);

    /// <summary>Detaches whatever channels left, and ends the leases.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Volatile.Read(ref _shared) is not var (queues, host))
        {
            return;
        }

        try
        {
            await host.StopAsync().WaitAsync(queues.Patience, services.Time);
        }
        catch (TimeoutException)
        {
            // Queues that do not answer end the attachments by their leases.
        }

        await queues.CloseAsync();
        await host.JoinAsync();
        queues.Dispose();
    }

    private Shared Create()
    {
        var queues = new GrainQueueAccess(services.Grains, services.Silo, connection, virtualHost, services.Time);
        return new Shared(queues, new ConsumerHost(queues, services.Logger));
    }

    private sealed record Shared(GrainQueueAccess Queues, ConsumerHost Host);
}

/// <summary>What consuming needs of the silo.</summary>
internal sealed record ConsumingServices(
    IGrainFactory Grains, SiloAddress Silo, IAccessControl Access, IReplies Replies, IFirehose Firehose, TimeProvider Time, ILogger Logger);
