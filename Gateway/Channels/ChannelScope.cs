using OrleansBroker.Gateway.Connections;
using OrleansBroker.Gateway.Consuming;
using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Gateway.Channels;

/// <summary>What the handlers of a channel's methods share.</summary>
internal sealed class ChannelScope(
    GatewayContext broker,
    ClientIdentity client,
    ExclusiveQueues exclusive,
    ChannelOutput output,
    Func<ChannelConsuming> consuming,
    ChannelMemory memory,
    MessageCounters counters,
    CancellationToken ended)
{
    private static readonly object NoConsuming = new();

    private string? _lastQueue;
    private object? _consuming;

    public GatewayContext Broker => broker;

    public ClientIdentity Client => client;

    /// <summary>The connection's exclusive queues.</summary>
    public ExclusiveQueues Exclusive => exclusive;

    public ChannelOutput Output => output;

    /// <summary>The consuming half, made when it is first asked for.</summary>
    public ChannelConsuming Consuming => _consuming as ChannelConsuming ?? StartConsuming();

    /// <summary>Whether anything was consumed, or settled.</summary>
    public bool HasConsumed => _consuming is ChannelConsuming;

    /// <summary>What the connection holds of the channel's messages.</summary>
    public ChannelMemory Memory => memory;

    /// <summary>What the channel does.</summary>
    public MessageCounters Counters => counters;

    /// <summary>Its consumers, without starting to consume.</summary>
    public ChannelConsuming? Begun => _consuming as ChannelConsuming;

    /// <summary>Cancelled when the connection has ended.</summary>
    public CancellationToken Ended => ended;

    /// <summary>Ends the consuming half; none begins any more.</summary>
    public Task EndConsumingAsync() =>
        Interlocked.CompareExchange(ref _consuming, NoConsuming, null) is ChannelConsuming begun ? begun.DisposeAsync().AsTask() : Task.CompletedTask;

    /// <summary>The queue was declared: an empty name means it from now on.</summary>
    public void Declared(string queue) => _lastQueue = queue;

    /// <summary>The queue that a method names, or with the empty name the one that the channel declared last (row 1.26).</summary>
    public QueueId Queue(string name)
    {
        var clean = Clean(name);
        return new QueueId(
            client.VirtualHost,
            clean.Length > 0 ? clean : _lastQueue ?? throw new BrokerException(ReplyCode.NotFound, "no previously declared queue"));
    }

    public ExchangeId Exchange(string name) => new(client.VirtualHost, Clean(name));

    /// <summary>A name without the line breaks that some clients leave in it, which RabbitMQ drops too (row 1.15).</summary>
    public static string Clean(string name) =>
        name.AsSpan().ContainsAny('\r', '\n') ? string.Concat(name.Where(static c => c is not ('\r' or '\n'))) : name;

    private ChannelConsuming StartConsuming() => Interlocked.CompareExchange(ref _consuming, consuming(), null) switch
    {
        null => (ChannelConsuming)_consuming,
        ChannelConsuming other => other,
        _ => throw new OperationCanceledException("The channel has ended."),
    };
}
