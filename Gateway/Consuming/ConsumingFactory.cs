using Microsoft.Extensions.Logging;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Replies;
using OrleansBroker.Grains.Interfaces.Tracing;

namespace OrleansBroker.Gateway.Consuming;

/// <summary>Makes the consuming side of connections.</summary>
internal sealed class ConsumingFactory(
    IGrainFactory grains, ILocalSiloDetails self, IAccessControl access, IReplies replies, IFirehose firehose, TimeProvider time, ILogger<ConsumingFactory> logger)
{
    private readonly ConsumingServices _services = new(grains, self.SiloAddress, access, replies, firehose, time, logger);

    /// <summary>The consuming side of a connection that opens.</summary>
    public ConnectionConsuming Create(Guid connection, string virtualHost, string user)
    {
        ArgumentNullException.ThrowIfNull(user);
        return new ConnectionConsuming(connection, virtualHost, _services);
    }
}
