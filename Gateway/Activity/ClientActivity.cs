using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OrleansBroker.Amqp;
using OrleansBroker.Gateway.Alarms;
using OrleansBroker.Gateway.Channels;
using OrleansBroker.Gateway.Connections;
using OrleansBroker.Gateway.Consuming.Deliveries;
using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Gateway.Activity;

/// <summary>Tells of the silo's AMQP clients, and takes the rates of what they do.</summary>
internal sealed class ClientActivity(ConnectionRegistry registry, GatewayTelemetry telemetry, ResourceAlarms alarms, IOptions<GatewayOptions> options, ILocalSiloDetails self, TimeProvider time)
    : BackgroundService, IClientActivity
{
    // As RabbitMQ has it (collect_statistics_interval).
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<Guid, ConnectionMeter> _meters = new();
    private readonly string _silo = self.SiloAddress.ToParsableString();
    private ChurnMeter _churn = ChurnMeter.Start(telemetry, time);

    public IReadOnlyList<ConnectionFigures> ListConnections() => [.. Open().Select(entry => Figures(entry.Id, entry.Connection.Parts))];

    public IReadOnlyList<ChannelFigures> ListChannels()
    {
        var channels = new List<ChannelFigures>();
        foreach (var (id, connection) in Open())
        {
            var parts = connection.Parts;
            var figures = Figures(id, parts);
            channels.AddRange(parts.Channels.All().Where(static channel => !channel.IsClosing).Select(channel => Figures(figures, channel)));
        }

        return channels;
    }

    public bool CloseConnection(string name, string reason)
    {
        foreach (var (_, connection) in Open())
        {
            if (connection.Parts.Name == name)
            {
                connection.Fail(0, AmqpError.Of(ReplyCodes.ConnectionForced, reason));
                return true;
            }
        }

        return false;
    }

    public SiloFigures AddTo(SiloFigures silo)
    {
        var (connections, channels, churn) = (telemetry.ConnectionChurn, telemetry.ChannelChurn, Volatile.Read(ref _churn));
        var counts = ListOpenChannels().Select(static channel => channel.Parts.Scope.Counters.Read()).Append(telemetry.ClosedChannels.Read())
            .Aggregate((MessageFigures?)null, MessageFigures.Add)?.Only(GatewayTelemetry.PublisherCounts);
        return silo with
        {
            Messages = MessageFigures.Add(silo.Messages, counts),
            Connections = Open().Count(),
            MostConnections = options.Value.MaxConnections,
            Channels = Open().Sum(static entry => entry.Connection.Parts.Channels.Count),
            Resources = alarms.Figures(),
            ConnectionsOpened = connections.Opened,
            ConnectionsClosed = connections.Closed,
            ChannelsOpened = channels.Opened,
            ChannelsClosed = channels.Closed,
            ConnectionsOpenedRate = churn.ConnectionRates.Opened,
            ConnectionsClosedRate = churn.ConnectionRates.Closed,
            ChannelsOpenedRate = churn.ChannelRates.Opened,
            ChannelsClosedRate = churn.ChannelRates.Closed,
            Flow = (silo.Flow ?? new FlowFigures()) with
            {
                ReceivedConfirm = telemetry.MessagesReceivedConfirm,
                Publishers = ListOpenChannels().Count(static channel => channel.Parts.Scope.Counters[MessageCount.Publish] > 0),
                Sizes = telemetry.Sizes.Read(),
                SizeSum = telemetry.Sizes.Sum,
            },
        };
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            Sample();
        }
    }

    private void Sample()
    {
        Volatile.Write(ref _churn, _churn.Next(telemetry, time));
        var seen = new HashSet<Guid>();
        foreach (var (id, connection) in Open())
        {
            seen.Add(id);
            var parts = connection.Parts;
            _meters[id] = ConnectionMeter.Next(_meters.GetValueOrDefault(id), in parts, time);
            foreach (var channel in parts.Channels.All())
            {
                Sample(channel);
            }
        }

        foreach (var gone in _meters.Keys.Where(id => !seen.Contains(id)))
        {
            _meters.TryRemove(gone, out _);
        }
    }

    private void Sample(AmqpChannel channel)
    {
        var (scope, publishing) = channel.Parts;
        scope.Counters.Sample(time);
        publishing.Published.Sample(time);
        foreach (var consumer in scope.Begun?.Consumers ?? [])
        {
            consumer.Delivered.Sample(time);
        }
    }

    private IEnumerable<AmqpChannel> ListOpenChannels() => Open().SelectMany(static entry => entry.Connection.Parts.Channels.All());

    private IEnumerable<(Guid Id, AmqpConnection Connection)> Open() => registry.All.Where(
        static entry => entry.Connection.Client is not null && !entry.Connection.Parts.IsClosing);

    private ConnectionFigures Figures(Guid id, in ConnectionParts parts) =>
        parts.Read(_silo, _meters.GetValueOrDefault(id), alarms.Reason is not null);

    private static ChannelFigures Figures(ConnectionFigures connection, AmqpChannel channel)
    {
        var (scope, publishing) = channel.Parts;
        var consuming = scope.Begun;
        var (prefetch, shared) = consuming?.Prefetch ?? (0, 0);
        return new ChannelFigures
        {
            Connection = connection,
            Number = channel.Number,
            Confirms = publishing.Confirms,
            IsTransactional = publishing.IsTransactional,
            Unconfirmed = publishing.Unconfirmed,
            Unacked = consuming?.Unacked ?? 0,
            Prefetch = prefetch,
            SharedPrefetch = shared,
            Consumers = [.. (consuming?.Consumers ?? []).Select(consumer => Figures(connection.VirtualHost, consumer))],
            Messages = scope.Counters.Read(),
            Published = publishing.Published.Read(),
        };
    }

    private static ConsumerFigures Figures(string virtualHost, ChannelConsumer consumer)
    {
        var options = consumer.Consumer!.Options;
        return new ConsumerFigures
        {
            Tag = consumer.Tag,
            Queue = new QueueId(virtualHost, options.Queue),
            NoAck = consumer.NoAck,
            Exclusive = options.Exclusive,
            Prefetch = consumer.Prefetch,
            Arguments = options.Arguments,
            Number = consumer.Consumer.Current?.Number ?? 0,
            Delivered = consumer.Delivered.Read(),
        };
    }
}
