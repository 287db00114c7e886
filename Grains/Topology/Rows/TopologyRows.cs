using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Topology.Rows;

/// <summary>Definitions as the values of topology rows. What stands in a row's key is not repeated in its value.</summary>
internal static class TopologyRows
{
    /// <summary>The value of rows whose key says all.</summary>
    public static readonly byte[] Marker = [1];

    private const byte Format = 1;
    private const byte DurableFlag = 1;
    private const byte AutoDeleteFlag = 2;
    private const byte InternalFlag = 4;
    private const byte ExclusiveFlag = 8;

    public static byte[] Encode(ExchangeDefinition exchange, long incarnation)
    {
        var writer = new RowWriter(Format);
        writer.Byte((byte)((exchange.Durable ? DurableFlag : 0) | (exchange.AutoDelete ? AutoDeleteFlag : 0) | (exchange.Internal ? InternalFlag : 0)));
        writer.Text(exchange.Type);
        writer.Table(exchange.Arguments);
        writer.Long(incarnation);
        return writer.ToArray();
    }

    public static ExchangeDefinition Exchange(TopologyRow row) => Exchange(row, out _);

    public static ExchangeDefinition Exchange(TopologyRow row, out long incarnation)
    {
        var reader = new RowReader(row.Value, Format);
        var flags = reader.Byte();
        var exchange = new ExchangeDefinition
        {
            Id = TopologyKeys.ExchangeOf(row.Key),
            Type = reader.Text(),
            Durable = (flags & DurableFlag) != 0,
            AutoDelete = (flags & AutoDeleteFlag) != 0,
            Internal = (flags & InternalFlag) != 0,
            Arguments = reader.Table(),
        };
        incarnation = reader.Long();
        return exchange with { Incarnation = incarnation };
    }

    public static byte[] Encode(QueueDefinition queue)
    {
        var owner = queue.ExclusiveOwner;
        var writer = new RowWriter(Format);
        writer.Byte((byte)((queue.Durable ? DurableFlag : 0) | (queue.AutoDelete ? AutoDeleteFlag : 0) | (owner is null ? 0 : ExclusiveFlag)));
        writer.Long(queue.Incarnation);
        writer.Table(queue.Arguments);
        if (owner is not null)
        {
            writer.Guid(owner.Connection);
            writer.Text(owner.Silo);
        }

        return writer.ToArray();
    }

    public static QueueDefinition Queue(TopologyRow row)
    {
        var reader = new RowReader(row.Value, Format);
        var flags = reader.Byte();
        var incarnation = reader.Long();
        var arguments = reader.Table();
        return new QueueDefinition
        {
            Id = TopologyKeys.QueueOf(row.Key),
            Durable = (flags & DurableFlag) != 0,
            AutoDelete = (flags & AutoDeleteFlag) != 0,
            ExclusiveOwner = (flags & ExclusiveFlag) != 0 ? new ConnectionOwner(reader.Guid(), reader.Text()) : null,
            Arguments = arguments,
            Incarnation = incarnation,
        };
    }

    public static byte[] Encode(BindingDefinition binding)
    {
        var writer = new RowWriter(Format);
        writer.Table(binding.Arguments);
        return writer.ToArray();
    }

    public static BindingDefinition Binding(TopologyRow row)
    {
        var parts = TopologyKeys.Parts(row.Key, 6);
        var reader = new RowReader(row.Value, Format);
        return new BindingDefinition
        {
            Source = new ExchangeId(parts[0], parts[1]),
            Destination = new Destination(TopologyKeys.KindOf(parts[2]), parts[3]),
            RoutingKey = parts[5],
            Arguments = reader.Table(),
        };
    }

    public static byte[] Encode(GrainSubscription subscription)
    {
        var writer = new RowWriter(Format);
        writer.Text(subscription.Subscriber.ToString());
        writer.Long(subscription.Prefetch);
        return writer.ToArray();
    }

    public static GrainSubscription Subscription(TopologyRow row)
    {
        var reader = new RowReader(row.Value, Format);
        return new GrainSubscription
        {
            Id = Guid.ParseExact(TopologyKeys.Parts(row.Key, 3)[2], "N"),
            Subscriber = GrainId.Parse(reader.Text()),
            Prefetch = (int)reader.Long(),
        };
    }

    /// <summary>A row that holds one number: a version, a time, a state.</summary>
    public static byte[] Encode(long number)
    {
        var writer = new RowWriter(Format);
        writer.Long(number);
        return writer.ToArray();
    }

    /// <summary>When a queue is to be woken, and, of one that was let go of and may expire, when it was last used.</summary>
    public static byte[] Encode(long deadline, long? usedAt)
    {
        var writer = new RowWriter(Format);
        writer.Long(deadline);
        if (usedAt is { } at)
        {
            writer.Long(at);
        }

        return writer.ToArray();
    }

    public static long? UsedAt(TopologyRow row)
    {
        var reader = new RowReader(row.Value, Format);
        _ = reader.Long();
        return reader.IsAtEnd ? null : reader.Long();
    }

    public static long Number(TopologyRow row)
    {
        var reader = new RowReader(row.Value, Format);
        return reader.Long();
    }

    /// <summary>Changes that only check that rows stand as they were read.</summary>
    public static TopologyChange Expect(string key, long version) => new(key, null) { ExpectedVersion = version, ExpectOnly = true };
}
