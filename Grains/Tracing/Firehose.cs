using System.Collections.Frozen;
using System.Threading.Channels;
using OrleansBroker.Amqp;
using OrleansBroker.Grains.Delays;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Interfaces.Tracing;
using OrleansBroker.Grains.Settings;
using OrleansBroker.Grains.Telemetry;

namespace OrleansBroker.Grains.Tracing;

/// <summary>
/// Takes copies where messages pass, for <see cref="FirehosePublisher"/> to publish. It knows from the silo's settings which virtual hosts
/// are traced, so that the switch holds on every silo once it is answered.
/// </summary>
internal sealed class Firehose(ILocalSiloDetails silo, BrokerTelemetry telemetry) : IFirehose, ISettingsListener
{
    // Copies in waiting take no more memory than a few batches; who is slower than the traced traffic loses some.
    private const long MostOctets = 32 * 1024 * 1024;

    // What a copy takes besides its octets, about.
    private const int Overhead = 256;

    private readonly Channel<TraceCopy> _copies = Channel.CreateUnbounded<TraceCopy>(new UnboundedChannelOptions { SingleReader = true });
    private readonly string _node = silo.SiloAddress.ToParsableString();
    private FrozenSet<string>? _traced;
    private long _octets;

    /// <summary>The copies that wait; whoever takes one tells <see cref="Taken"/>.</summary>
    public ChannelReader<TraceCopy> Copies => _copies.Reader;

    public bool IsOn(string virtualHost) => Volatile.Read(ref _traced) is { } traced && traced.Contains(virtualHost);

    /// <summary>A message was published and routed.</summary>
    public void Published(string virtualHost, BrokerMessage message, TraceSubject? by, IReadOnlyList<Destination> destinations)
    {
        if (message.Exchange != TraceCopies.Exchange)
        {
            var queues = destinations.Where(static to => to.Kind == DestinationKind.Queue && !DelayQueue.IsNameOfOne(to.Name)).Select(static to => to.Name);
            Add(virtualHost, () => TraceCopies.Published(message, _node, virtualHost, by ?? TraceSubject.Unknown, queues));
        }
    }

    public void Delivered(QueueId queue, BrokerMessage message, bool isRedelivered, TraceSubject to)
    {
        if (message.Exchange != TraceCopies.Exchange)
        {
            Add(queue.VirtualHost, () => TraceCopies.Delivered(message, _node, queue.VirtualHost, queue.Name, isRedelivered, to));
        }
    }

    /// <summary>A copy waits no more.</summary>
    public void Taken(in TraceCopy copy) => Interlocked.Add(ref _octets, -copy.Octets);

    public Task ApplyAsync(SettingsSnapshot before, SettingsSnapshot now)
    {
        var traced = now.VirtualHosts.Where(static host => host.Value.Definition.IsTraced).Select(static host => host.Key).ToFrozenSet(StringComparer.Ordinal);
        Volatile.Write(ref _traced, traced.Count == 0 ? null : traced);
        return Task.CompletedTask;
    }

    private void Add(string virtualHost, Func<BrokerMessage> make)
    {
        if (Volatile.Read(ref _octets) >= MostOctets)
        {
            telemetry.TraceDropped();
            return;
        }

        try
        {
            var message = make();
            var copy = new TraceCopy(virtualHost, message, message.Size + Overhead);
            Interlocked.Add(ref _octets, copy.Octets);
            _copies.Writer.TryWrite(copy);
        }
        catch (AmqpFormatException)
        {
            // Properties that cannot be told of, such as headers too deep for another table around them: the message itself goes on.
            telemetry.TraceDropped();
        }
    }
}

/// <summary>A copy that waits to be published.</summary>
internal readonly record struct TraceCopy(string VirtualHost, BrokerMessage Message, int Octets);
