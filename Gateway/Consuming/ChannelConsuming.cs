using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.ClientLib.Connections;
using OrleansBroker.ClientLib.Consuming;
using OrleansBroker.Gateway.Channels;
using OrleansBroker.Gateway.Consuming.Deliveries;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Replies;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Gateway.Consuming;

/// <summary>
/// The consuming side of a channel: its consumers, gets and settlements. Methods that wait for a queue come one after the other from the
/// connection's reader; what queues do comes from any thread. Disposing it is the channel's close: all that is unsettled returns.
/// </summary>
internal sealed class ChannelConsuming : IAsyncDisposable
{
    private const int TagOctets = 16;

    private readonly IChannelOutput _output;
    private readonly ChannelIdentity _identity;
    private readonly ConsumerHost _host;
    private readonly ConsumingServices _services;
    private readonly CancellationTokenSource _closing = new();
    private readonly ChannelLedger _ledger;
    private readonly DeliveryWriter _writer;
    private readonly DeliveryReport _report;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ChannelConsumer> _consumers = new(StringComparer.Ordinal);
    private ReplyConsumer? _replies;
    private Task _held = Task.CompletedTask;
    private int _prefetch;
    private int _shared;

    public ChannelConsuming(IChannelOutput output, ChannelIdentity identity, ConsumerHost host, ConsumingServices services)
    {
        _output = output;
        _identity = identity;
        _host = host;
        _services = services;
        _ledger = new ChannelLedger { Counters = identity.Counters, RoomFreed = () => _writer!.Unblock() };
        _report = new DeliveryReport(identity, services.Firehose);
        _writer = new DeliveryWriter(output, _ledger, _report, services.Time, services.Logger, _closing.Token);
    }

    /// <summary>Whether the channel consumes replies.</summary>
    public bool HasReplyConsumer => _replies is not null;

    /// <summary>What a published reply-to of <see cref="ReplyAddress.PseudoQueue"/> becomes; null without a consumer of replies.</summary>
    public string? ReplyTo => _replies?.Address;

    /// <summary>How many deliveries are not settled.</summary>
    public long Unacked => _ledger.Count;

    /// <summary>The limits of a later consumer, and of all together.</summary>
    public (int Each, int Shared) Prefetch => (_prefetch, _shared);

    /// <summary>The consumers of queues.</summary>
    public IReadOnlyList<ChannelConsumer> Consumers
    {
        get
        {
            lock (_gate)
            {
                return [.. _consumers.Values.Where(static consumer => consumer.Consumer is not null)];
            }
        }
    }

    /// <summary>basic.consume; the queue's name is resolved. Writes consume-ok before the first delivery.</summary>
    /// <exception cref="BrokerException">It is refused; 530 is the connection's end.</exception>
    public async Task ConsumeAsync(BasicConsume consume, string queue, CancellationToken cancellationToken)
    {
        var tag = consume.ConsumerTag.Length > 0
            ? consume.ConsumerTag
            : "amq.ctag-" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TagOctets));
        var noAck = (consume.Flags & BasicConsumeFlags.NoAck) != 0;
        var consumer = new ChannelConsumer(tag, noAck, noAck ? 0 : _prefetch, _writer) { EndedByQueue = c => _ = EndAsync(c) };
        lock (_gate)
        {
            if (!_consumers.TryAdd(tag, consumer))
            {
                throw new BrokerException(ReplyCode.NotAllowed, $"attempt to reuse consumer tag '{tag}'");
            }
        }

        try
        {
            await (queue == ReplyAddress.PseudoQueue
                ? StartRepliesAsync(consumer)
                : StartAsync(consumer, consume, queue, cancellationToken));
        }
        catch
        {
            Remove(consumer);
            consumer.Answered.TrySetResult();
            throw;
        }

        Action? answer = (consume.Flags & BasicConsumeFlags.NoWait) != 0 ? null : () => WriteMethod(new BasicConsumeOk(tag));
        _writer.Open(consumer, answer);
        consumer.Answered.TrySetResult();
    }

    /// <summary>basic.cancel. Writes cancel-ok, after which nothing is delivered to that consumer; what it holds stays with the channel.</summary>
    public async Task CancelAsync(BasicCancel cancel, CancellationToken cancellationToken)
    {
        ChannelConsumer? consumer;
        lock (_gate)
        {
            _consumers.Remove(cancel.ConsumerTag, out consumer);
        }

        Action? answer = cancel.NoWait ? null : () => WriteMethod(new BasicCancelOk(cancel.ConsumerTag));
        if (consumer is null)
        {
            _writer.Write(answer, static write => write?.Invoke());
            return;
        }

        if (consumer.Consumer is { } attached)
        {
            await attached.CancelAsync();
        }
        else
        {
            await EndRepliesAsync();
        }

        await _writer.DrainAsync(consumer).WaitAsync(cancellationToken);
        _writer.Close(consumer, answer);
    }

    /// <summary>Does something; that a queue ended a consumer is said after it. A client that waits for both may close at the second.</summary>
    public async Task HoldEndsAsync(Func<Task> work)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _held, done.Task);
        try
        {
            await work();
        }
        finally
        {
            done.SetResult();
        }
    }

    /// <summary>basic.get. Writes get-ok or get-empty.</summary>
    public async Task GetAsync(BasicGet get, string queue, CancellationToken cancellationToken)
    {
        await _services.Access.RequireAsync(_identity.User, new QueueId(_identity.VirtualHost, queue), Permission.Read, cancellationToken);
        var (reply, holder) = await GetPatientlyAsync(queue, get.NoAck, cancellationToken);
        _writer.Write((Channel: this, reply, holder), static state => state.Channel.WriteGot(state.reply, state.holder));
        _report.Got(queue, reply.Delivery);
    }

    /// <summary>basic.qos: a limit for each later consumer, or one that all share from now on.</summary>
    /// <exception cref="BrokerException">540: a limit in octets.</exception>
    public void Qos(BasicQos qos)
    {
        if (qos.PrefetchSize != 0)
        {
            throw new BrokerException(ReplyCode.NotImplemented, $"prefetch_size!=0 ({qos.PrefetchSize})");
        }

        if (!qos.Global)
        {
            _prefetch = qos.PrefetchCount;
            return;
        }

        _shared = qos.PrefetchCount;
        _ledger.SetLimit(_shared);
        ChannelConsumer[] all;
        lock (_gate)
        {
            all = [.. _consumers.Values.Where(static c => c is { NoAck: false, Consumer: not null })];
        }

        foreach (var consumer in all)
        {
            var window = DeliveryWindow.Of(consumer.Prefetch, _shared);
            consumer.SetWindow(window ?? DeliveryWindow.First, isCreditBySettling: window is not null);
            if (consumer.Consumer!.Current is { } attachment)
            {
                attachment.Link.Settling.Grant(attachment, attachment.Processed);
                if (window is not null)
                {
                    _ = DeliveryWriter.NarrowAsync(attachment);
                }
            }
        }
    }

    /// <summary>basic.ack.</summary>
    /// <exception cref="BrokerException">406: the tag is not outstanding.</exception>
    public void Ack(ulong tag, bool multiple) => _ledger.Settle(tag, multiple, Settlement.Ack);

    /// <summary>basic.nack.</summary>
    /// <exception cref="BrokerException">406: the tag is not outstanding.</exception>
    public void Nack(ulong tag, bool multiple, bool requeue) =>
        _ledger.Settle(tag, multiple, requeue ? Settlement.Return : Settlement.Discard);

    /// <summary>basic.reject.</summary>
    /// <exception cref="BrokerException">406: the tag is not outstanding.</exception>
    public void Reject(ulong tag, bool requeue) =>
        _ledger.Settle(tag, multiple: false, requeue ? Settlement.Reject : Settlement.Discard);

    /// <summary>basic.recover: requeues all that is outstanding. The caller answers.</summary>
    /// <exception cref="BrokerException">540: without requeue, as RabbitMQ refuses it.</exception>
    public Task RecoverAsync(bool requeue, CancellationToken cancellationToken)
    {
        if (!requeue)
        {
            throw new BrokerException(ReplyCode.NotImplemented, "requeue=false");
        }

        _ledger.SettleAll(Settlement.Reject);
        return FlushAsync(cancellationToken);
    }

    /// <summary>Completes when all settlements so far are applied at their queues.</summary>
    public Task FlushAsync(CancellationToken cancellationToken)
    {
        var flushed = _ledger.FlushAsync();
        return flushed.IsCompleted ? flushed : flushed.WaitAsync(cancellationToken);
    }

    /// <summary>channel.flow: stops or resumes deliveries. Writes flow-ok, after which none comes while they are stopped.</summary>
    public void SetFlow(bool active, bool isAsked = true) =>
        _writer.SetFlow(active, isAsked ? () => WriteMethod(new ChannelFlowOk(active)) : static () => { });

    /// <summary>tx.select: settlements wait for a commit from now on.</summary>
    public void TxSelect() => _ledger.Hold();

    /// <summary>tx.commit: applies the settlements since the last one.</summary>
    public Task TxCommitAsync(CancellationToken cancellationToken)
    {
        _ledger.Commit();
        return FlushAsync(cancellationToken);
    }

    /// <summary>tx.rollback: what was settled since the last commit is outstanding again.</summary>
    public void TxRollback() => _ledger.Rollback();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        _writer.Close();
        ChannelConsumer[] all;
        lock (_gate)
        {
            all = [.. _consumers.Values];
            _consumers.Clear();
        }

        foreach (var consumer in all)
        {
            _writer.Close(consumer, answer: null);
        }

        // Also what a transaction held, and what gets and cancelled consumers hold, of which no consumer's end tells the queue.
        _ledger.Rollback();
        _ledger.SettleAll(Settlement.Reject);
        await EndRepliesAsync();
        await Task.WhenAll(all.Select(static c => c.Consumer?.DisposeAsync().AsTask() ?? Task.CompletedTask));
        _closing.Dispose();
    }

    private async Task StartAsync(ChannelConsumer consumer, BasicConsume consume, string queue, CancellationToken cancellationToken)
    {
        var id = new QueueId(_identity.VirtualHost, queue);
        await _services.Access.RequireAsync(_identity.User, id, Permission.Read, cancellationToken);
        var window = consumer.NoAck ? null : DeliveryWindow.Of(consumer.Prefetch, _shared);
        var options = new ConsumerOptions
        {
            Queue = queue,
            Prefetch = window ?? DeliveryWindow.First,
            AutoAck = consumer.NoAck,
            IsCreditBySettling = window is not null,
            Tag = consumer.Tag,
            Exclusive = (consume.Flags & BasicConsumeFlags.Exclusive) != 0,
            Priority = ConsumeArguments.Priority(consume.Arguments, id),
            Connection = _identity.Connection,
            Arguments = consume.Arguments,
        };
        await consumer.Bind(_host, options).StartAsync(cancellationToken);
    }

    private async Task StartRepliesAsync(ChannelConsumer consumer)
    {
        if (!consumer.NoAck)
        {
            throw new BrokerException(ReplyCode.PreconditionFailed, "reply consumer cannot acknowledge");
        }

        if (_replies is not null)
        {
            throw new BrokerException(ReplyCode.PreconditionFailed, "reply consumer already set");
        }

        _replies = await ReplyConsumer.OpenAsync(consumer, _writer, _identity.VirtualHost, _services);
    }

    private async Task EndRepliesAsync()
    {
        if (Interlocked.Exchange(ref _replies, null) is { } replies)
        {
            await replies.DisposeAsync();
        }
    }

    /// <summary>The queue ended a consumer: it was deleted, or lets it in no more.</summary>
    private async Task EndAsync(ChannelConsumer consumer)
    {
        // A queue may be deleted before its consumer's consume-ok.
        await consumer.Answered.Task;
        await Volatile.Read(ref _held);
        if (!Remove(consumer))
        {
            return;
        }

        if (consumer.NoAck)
        {
            // Nobody else gets what was settled by being sent here.
            await _writer.DrainAsync(consumer);
        }

        _writer.Close(consumer, _identity.CanBeCancelled ? () => WriteMethod(new BasicCancel(consumer.Tag, NoWait: true)) : null);
        await consumer.Consumer!.DisposeAsync();
    }

    private bool Remove(ChannelConsumer consumer)
    {
        lock (_gate)
        {
            return _consumers.TryGetValue(consumer.Tag, out var current) && ReferenceEquals(current, consumer) && _consumers.Remove(consumer.Tag);
        }
    }

    /// <summary>Gets again while the queue moves: what a lost answer brought returns to the queue.</summary>
    private async Task<(GetReply Reply, Attachment? Holder)> GetPatientlyAsync(string queue, bool noAck, CancellationToken cancellationToken)
    {
        var start = _services.Time.GetTimestamp();
        for (var pause = TimeSpan.Zero; ;)
        {
            try
            {
                return await _host.GetAsync(queue, noAck, _identity.Connection, cancellationToken);
            }
            catch (Exception e) when (Session.IsTransient(e) && _services.Time.GetElapsedTime(start) < _host.Access.Patience)
            {
                pause = Session.Next(pause);
            }

            await _host.Access.PauseAsync(pause, cancellationToken);
        }
    }

    private void WriteGot(GetReply reply, Attachment? holder)
    {
        var kind = reply.Delivery is null ? MessageCount.GetEmpty : holder is null ? MessageCount.GetNoAck : MessageCount.Get;
        _identity.Counters.Add(kind, 1);
        if (reply.Delivery is not { } delivery)
        {
            WriteMethod(default(BasicGetEmpty));
            return;
        }

        var tag = holder is null ? _ledger.Pass(1) : _ledger.Got(holder, delivery.FirstDelivery);
        _output.Write((_output, delivery, tag, reply.Ready), static (state, buffer) =>
        {
            var (output, delivery, tag, ready) = state;
            var message = delivery.Messages.Messages.Span[0];
            var method = new BasicGetOk
            {
                DeliveryTag = tag,
                Redelivered = delivery.Redelivered is { Length: > 0 },
                Exchange = Encoding.UTF8.GetBytes(message.Exchange),
                RoutingKey = Encoding.UTF8.GetBytes(message.RoutingKey),
                MessageCount = (uint)Math.Min(ready, uint.MaxValue),
            };
            ContentWriter.Write(buffer, output.Channel, method, message.Properties.Span, message.Body.Span, output.FrameMax);
        });
    }

    private void WriteMethod<TMethod>(TMethod method)
        where TMethod : struct, IMethod<TMethod> =>
        _output.Write((method, _output.Channel), static (state, buffer) => FrameWriter.WriteMethod(buffer, state.Channel, state.method));
}
