using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using OrleansBroker.Tests.Durability;
using OrleansBroker.Tests.SiloProcesses;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace OrleansBroker.Tests.Balance;

/// <summary>
/// RabbitMQ.Client, by an application that connects to another silo when its own says goodbye: publishers that wait for each confirm, and
/// consumers that ack each delivery. What they see goes into the history; how long they waited is kept.
/// </summary>
internal sealed class RestartClients(IReadOnlyList<SiloProcess> silos, string queue, History history) : IDisposable
{
    private static readonly BasicProperties Persistent = new() { Persistent = true };
    private static readonly CreateChannelOptions Confirming = new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true);
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(5);

    private readonly CancellationTokenSource _publishingEnds = new();
    private readonly CancellationTokenSource _consumingEnds = new();
    private readonly ConcurrentDictionary<MessageName, byte> _acked = new();
    private readonly ConcurrentQueue<MessageName> _repeated = new();
    private readonly ConcurrentQueue<ShutdownEventArgs> _goodbyes = new();
    private readonly List<Task> _publishing = [];
    private readonly List<Task> _consuming = [];
    private readonly Lock _gate = new();
    private int _sessions;

    /// <summary>The longest that a publisher was without a confirm.</summary>
    public TimeSpan LongestConfirm { get; private set; }

    /// <summary>The longest that a consumer was without a delivery.</summary>
    public TimeSpan LongestDelivery { get; private set; }

    /// <summary>How connections ended that the broker ended.</summary>
    public IReadOnlyCollection<ShutdownEventArgs> Goodbyes => _goodbyes;

    /// <summary>Messages that came again after an ack that was sent before the client knew of an end.</summary>
    public IReadOnlyCollection<MessageName> Repeated => _repeated;

    public void Start(int publishers, int consumers)
    {
        for (var i = 0; i < publishers; i++)
        {
            var publisher = i + 1;
            _publishing.Add(Task.Run(() => PublishAsync(publisher)));
        }

        for (var i = 0; i < consumers; i++)
        {
            var consumer = i;
            _consuming.Add(Task.Run(() => ConsumeAsync(consumer)));
        }
    }

    public async Task StopPublishingAsync()
    {
        await _publishingEnds.CancelAsync();
        await Task.WhenAll(_publishing);
    }

    public async Task StopConsumingAsync()
    {
        await _consumingEnds.CancelAsync();
        await Task.WhenAll(_consuming);
    }

    public void Dispose()
    {
        _publishingEnds.Dispose();
        _consumingEnds.Dispose();
    }

    private async Task PublishAsync(int publisher)
    {
        var number = 0L;
        long? confirmed = null;
        while (!_publishingEnds.IsCancellationRequested)
        {
            await WithConnectionAsync(publisher, async connection =>
            {
                await using var channel = await connection.CreateChannelAsync(Confirming);
                using var timer = new PeriodicTimer(Pace);
                while (!_publishingEnds.IsCancellationRequested)
                {
                    var message = new MessageName(publisher, ++number);
                    var fate = PublishFate.Unknown;
                    try
                    {
                        await channel.BasicPublishAsync("", queue, mandatory: true, Persistent, Encoding.UTF8.GetBytes(message.ToString()));
                        fate = PublishFate.Confirmed;
                        LongestConfirm = Longer(LongestConfirm, ref confirmed);
                    }
                    finally
                    {
                        history.Publish(message, fate);
                    }

                    await timer.WaitForNextTickAsync();
                }
            });
        }
    }

    private async Task ConsumeAsync(int consumer)
    {
        long? delivered = null;
        while (!_consumingEnds.IsCancellationRequested)
        {
            await WithConnectionAsync(consumer, async connection =>
            {
                var session = Interlocked.Increment(ref _sessions);
                await using var channel = await connection.CreateChannelAsync();
                await channel.BasicQosAsync(0, 50, global: false);
                var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                channel.ChannelShutdownAsync += (_, _) =>
                {
                    ended.TrySetResult();
                    return Task.CompletedTask;
                };
                var receiving = new AsyncEventingBasicConsumer(channel);
                receiving.ReceivedAsync += async (_, delivery) =>
                {
                    var message = MessageName.Parse(Encoding.UTF8.GetString(delivery.Body.Span));
                    lock (_gate)
                    {
                        LongestDelivery = Longer(LongestDelivery, ref delivered);
                    }

                    if (_acked.ContainsKey(message))
                    {
                        _repeated.Enqueue(message);
                    }

                    history.Deliver(new DeliveryRecord(0, session, 0, message, delivery.Redelivered, SettleFate.Acked));
                    await channel.BasicAckAsync(delivery.DeliveryTag, multiple: false);
                    _acked[message] = 0;
                };
                await channel.BasicConsumeAsync(queue, autoAck: false, receiving);
                await using var end = _consumingEnds.Token.Register(() => ended.TrySetResult());
                await ended.Task;
            });
        }
    }

    private async Task WithConnectionAsync(int first, Func<IConnection, Task> work)
    {
        var factory = new ConnectionFactory { AutomaticRecoveryEnabled = false, EndpointResolverFactory = static endpoints => new InTurn(endpoints) };
        try
        {
            // In an order of each client's own, so that they are spread, and the next one is tried where one does not answer.
            var endpoints = Enumerable.Range(0, silos.Count).Select(i => new AmqpTcpEndpoint("127.0.0.1", silos[(first + i) % silos.Count].AmqpPort));
            await using var connection = await factory.CreateConnectionAsync(endpoints);
            connection.ConnectionShutdownAsync += (_, reason) =>
            {
                if (reason.Initiator == ShutdownInitiator.Peer)
                {
                    _goodbyes.Enqueue(reason);
                }

                return Task.CompletedTask;
            };
            await work(connection);
        }
        catch (Exception failure) when (failure is AlreadyClosedException or OperationInterruptedException or BrokerUnreachableException or PublishException or IOException)
        {
            // Its silo stops: there are others.
        }
    }

    private static TimeSpan Longer(TimeSpan longest, ref long? before)
    {
        var gap = before is { } then ? Stopwatch.GetElapsedTime(then) : TimeSpan.Zero;
        before = Stopwatch.GetTimestamp();
        return gap > longest ? gap : longest;
    }

    /// <summary>The library's own shuffles.</summary>
    private sealed class InTurn(IEnumerable<AmqpTcpEndpoint> endpoints) : IEndpointResolver
    {
        public IEnumerable<AmqpTcpEndpoint> All() => endpoints;
    }
}
