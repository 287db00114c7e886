using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Replies;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Streams;

namespace OrleansBroker.Grains.Publishing;

/// <summary>All links of this silo, made on demand, gone when idle.</summary>
internal sealed class Links(
    IGrainFactory grains,
    IStreamDestinations streams,
    IOptions<PublishingOptions> options,
    ILocalSiloDetails self,
    TimeProvider time,
    PublishingLog log) : IDisposable
{
    private readonly ConcurrentDictionary<LinkKey, Link> _links = new();
    private ITimer? _sweep;

    /// <summary>How many links there are.</summary>
    public int Count => _links.Count;

    /// <summary>The link to a destination.</summary>
    public Link Get(string virtualHost, Destination destination) =>
        _links.GetOrAdd(new LinkKey(virtualHost, destination), static (key, links) => links.Create(key), this);

    /// <summary>A new link in place of one that was found closed.</summary>
    public Link Replace(string virtualHost, Destination destination, Link closed)
    {
        _links.TryRemove(new(new LinkKey(virtualHost, destination), closed));
        return Get(virtualHost, destination);
    }

    /// <summary>Starts to drop links that are idle.</summary>
    public void Start() => _sweep ??= time.CreateTimer(static links => ((Links)links!).DropIdle(), this, options.Value.LinkIdle, options.Value.LinkIdle);

    public void Dispose() => _sweep?.Dispose();

    private void DropIdle()
    {
        foreach (var (key, link) in _links)
        {
            if (link.TryCloseIdle())
            {
                _links.TryRemove(new(key, link));
            }
        }
    }

    private Link Create(LinkKey key)
    {
        ILinkTarget target;
        if (key.Destination.Kind == DestinationKind.Stream)
        {
            target = new StreamTarget(key.Destination.Name, streams, log);
        }
        else if (ReplyAddress.Is(key.Destination.Name))
        {
            var address = key.Destination.Name;
            target = new ReplyTarget(key.VirtualHost, address, grains.GetGrain<IReplyGrain>(address), log);
        }
        else
        {
            var id = new QueueId(key.VirtualHost, key.Destination.Name);
            target = new QueueTarget(id, grains.GetGrain<IQueueGrain>(id.ToGrainKey()), log);
        }

        return new Link(target, options.Value, self.SiloAddress, time);
    }

    private readonly record struct LinkKey(string VirtualHost, Destination Destination);
}
