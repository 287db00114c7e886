using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Streams;
using OrleansBroker.ClientLib.Hosting;

namespace OrleansBroker.ClientLib.Streams;

/// <summary>
/// The broker as an Orleans stream provider: every exchange is a stream to write to, every queue a stream to observe. Register it by
/// <see cref="BrokerStreams"/>.
/// </summary>
/// <remarks>
/// <para><c>StreamId.Create("exchange", "orders")</c>: <c>OnNextAsync</c> publishes and completes on the confirm. The routing key is empty,
/// or what follows the first slash of the key (<c>"orders/eu.new"</c>), or an item's own where it is a
/// <see cref="Publishing.PublishMessage"/>. Bytes and texts go as they are, other types as JSON.</para>
/// <para><c>StreamId.Create("queue", "orders")</c>: <c>SubscribeAsync</c> attaches a consumer. An item is acked when <c>OnNextAsync</c>
/// completes and rejected when it throws; items are a <see cref="Delivery"/> or what its body is deserialized to. A client's
/// subscription is a lease and ends with the client; a grain's is durable and activates the grain.</para>
/// <para>Streams of another virtual host have the namespace <c>exchange@vhost</c> or <c>queue@vhost</c>.</para>
/// </remarks>
internal sealed class BrokerStreamProvider(string name, IServiceProvider services) : IStreamProvider
{
    private readonly ConcurrentDictionary<Guid, LeasedSubscription> _leased = [];

    public string Name { get; } = name;

    public bool IsRewindable => false;

    public BrokerConnections Connections { get; } = services.GetRequiredService<BrokerConnections>();

    public IGrainFactory Grains { get; } = services.GetRequiredService<IGrainFactory>();

    /// <summary>The subscriptions that this process holds by lease.</summary>
    public ConcurrentDictionary<Guid, LeasedSubscription> Leased => _leased;

    public IAsyncStream<T> GetStream<T>(StreamId streamId) => new BrokerStream<T>(this, streamId, StreamAddress.Parse(streamId));

    /// <summary>The grain that calls, or null outside of any.</summary>
    public IGrainContext? CallingGrain() =>
        services.GetService<IGrainContextAccessor>()?.GrainContext is { } context
        && !context.GrainId.IsClient()
        && !context.GrainId.IsSystemTarget()
            ? context
            : null;
}
