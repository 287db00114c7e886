using Microsoft.Extensions.Logging;
using OrleansBroker.ClientLib.Consuming;
using OrleansBroker.Gateway.Channels;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Replies;

namespace OrleansBroker.Gateway.Consuming;

/// <summary>What all channels of a connection share of consuming: the host of their consumers, which keeps their leases.</summary>
internal sealed class ConnectionConsuming : IAsyncDisposable
{
    private readonly GrainQueueAccess _queues;
    private readonly ConsumerHost _host;
    private readonly ConsumingServices _services;

    public ConnectionConsuming(Guid connection, string virtualHost, ConsumingServices services)
    {
        _services = services;
        _queues = new GrainQueueAccess(services.Grains, connection, virtualHost, services.Time);
        _host = new ConsumerHost(_queues, services.Logger);
    }

    /// <summary>The consuming side of a channel that opens.</summary>
    public ChannelConsuming CreateChannel(IChannelOutput output, ChannelIdentity identity) => new(output, identity, _host, _services);

    /// <summary>Detaches whatever channels left, and ends the leases.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _host.StopAsync().WaitAsync(_queues.Patience, _services.Time);
        }
        catch (TimeoutException)
        {
            // Queues that do not answer end the attachments by their leases.
        }

        await _queues.CloseAsync();
        await _host.JoinAsync();
        _queues.Dispose();
    }
}

/// <summary>What consuming needs of the silo.</summary>
internal sealed record ConsumingServices(
    IGrainFactory Grains, IAccessControl Access, IReplies Replies, TimeProvider Time, ILogger Logger);
