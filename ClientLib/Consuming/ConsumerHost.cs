using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using OrleansBroker.ClientLib.Connections;
using OrleansBroker.ClientLib.Messages;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Queues;

namespace OrleansBroker.ClientLib.Consuming;

/// <summary>All consumers of a connection: their links to queues, and the renewal of their leases.</summary>
internal sealed partial class ConsumerHost(Cluster cluster, Session session, ConnectionOptions options, Payload payload, ILogger logger)
{
    // A queue drops what was not renewed for 15 s.
    private static readonly TimeSpan RenewInterval = TimeSpan.FromSeconds(4);

    private readonly ConcurrentDictionary<string, QueueLink> _links = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Consumer, byte> _consumers = [];
    private readonly Lock _gate = new();
    private Task? _renewing;
    private long _numbers;

    public Payload Payload { get; } = payload;

    public TimeProvider Time => options.TimeProvider;

    public TimeSpan OpenTimeout => options.OpenTimeout;

    /// <summary>A number that this connection uses once.</summary>
    public long NextNumber() => Interlocked.Increment(ref _numbers);

    public Task PauseAsync(TimeSpan pause, CancellationToken cancellationToken) => session.PauseAsync(pause, cancellationToken);

    public BrokerException QueueGone(string queue) =>
        new(ReplyCode.NotFound, $"no queue '{queue}' in vhost '{options.VirtualHost}': it was deleted");

    public Task<Consumer> StartAsync(ConsumerOptions consumer, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(session.Closing.IsCancellationRequested, typeof(Connection));
        return cluster.RunAsync(() => Consumer.StartAsync(this, consumer, cancellationToken));
    }

    /// <summary>A new attachment for the consumer.</summary>
    public Attachment Add(Consumer consumer)
    {
        _consumers.TryAdd(consumer, 0);
        StartRenewing();
        while (true)
        {
            if (LinkOf(consumer.Options.Queue).TryAdd(consumer) is { } attachment)
            {
                attachment.Reference = cluster.Client.CreateObjectReference<IConsumer>(attachment);
                return attachment;
            }
        }
    }

    public void Remove(Consumer consumer) => _consumers.TryRemove(consumer, out _);

    /// <summary>Brings the attachment to the queue, once. False where it turned out to be of an activation that is gone.</summary>
    public async Task<bool> AttachAsync(Attachment attachment, CancellationToken cancellationToken)
    {
        var consumer = attachment.Consumer!.Options;
        var request = new ConsumerAttachment
        {
            Id = new ConsumerId(session.Id, attachment.Number),
            Target = attachment.Reference!,
            Tag = $"{options.ClientName}-{attachment.Number}",
            NoAck = consumer.AutoAck,
            Credit = consumer.Prefetch,
        };
        var reply = await session.CallOnceAsync(grain => grain.AttachAsync(consumer.Queue, request))
            .WaitAsync(cancellationToken).ConfigureAwait(false);
        return attachment.EnterEpoch(reply.Epoch);
    }

    /// <summary>Detaches after what was settled has reached the queue; what is unsettled returns.</summary>
    public async Task DetachAsync(Attachment attachment)
    {
        using var timeout = new CancellationTokenSource(OpenTimeout, Time);
        try
        {
            await attachment.Link.Settling.FlushAsync().WaitAsync(timeout.Token).ConfigureAwait(false);
            attachment.Link.Remove(attachment);
            var request = new DetachRequest { Id = new ConsumerId(session.Id, attachment.Number), Requeue = true };
            await session.CallAsync(
                async grain =>
                {
                    await grain.DetachAsync(attachment.Link.Queue, request).ConfigureAwait(false);
                    return true;
                },
                timeout.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is BrokerException or BrokerUnreachableException or OperationCanceledException)
        {
            // The queue is gone, or its lease ends the attachment.
            attachment.Link.Remove(attachment);
            LogNotDetached(e, attachment.Link.Queue);
        }
    }

    /// <summary>Forgets the address of an attachment that ended.</summary>
    public void Forget(Attachment attachment)
    {
        if (attachment.Reference is { } reference)
        {
            cluster.Client.DeleteObjectReference<IConsumer>(reference);
        }
    }

    /// <summary>Takes one message, or null where the queue has none ready.</summary>
    public Task<Delivery?> GetAsync(string queue, bool autoAck, CancellationToken cancellationToken) =>
        cluster.RunAsync(() => GetNowAsync(queue, autoAck, cancellationToken));

    /// <summary>Detaches all consumers, and waits until their settlements have arrived.</summary>
    public async Task StopAsync()
    {
        await Task.WhenAll(_consumers.Keys.Select(c => c.DisposeAsync().AsTask())).ConfigureAwait(false);
        await Task.WhenAll(_links.Values.Select(l => l.Settling.FlushAsync())).ConfigureAwait(false);
    }

    public async Task JoinAsync()
    {
        if (_renewing is { } loop)
        {
            await loop.ConfigureAwait(false);
        }
    }

    [LoggerMessage(4021, LogLevel.Debug, "Attaching to queue {Queue} was not answered; trying again")]
    public partial void LogAttachRetry(string queue, Exception exception);

    private async Task<Delivery?> GetNowAsync(string queue, bool autoAck, CancellationToken cancellationToken)
    {
        StartRenewing();
        Attachment? getter;
        while ((getter = LinkOf(queue).TryGetGetter()) is null)
        {
        }

        var request = new GetRequest { Id = new ConsumerId(session.Id, getter.Number), NoAck = autoAck };
        GetReply reply;
        try
        {
            reply = await session.CallOnceAsync(grain => grain.GetAsync(queue, request)).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (BrokerException)
        {
            getter.AddOutstanding(-1);
            throw;
        }
        catch
        {
            // A message may be on its way to nobody. Giving up the whole getter returns it, with whatever else is unsettled there.
            getter.AddOutstanding(-1);
            DetachAsync(getter).Ignore();
            throw;
        }

        if (reply.Delivery is not { } got)
        {
            getter.AddOutstanding(-1);
            return null;
        }

        ISettler settler = autoAck ? SettledAlready.Instance : getter.Link.Got(getter, got.Epoch);
        if (autoAck)
        {
            getter.AddOutstanding(-1);
        }

        return new Delivery(got.Messages.Messages.Span[0], got.Redelivered is { Length: > 0 }, got.FirstDelivery, settler, Payload);
    }

    private QueueLink LinkOf(string queue) => _links.GetOrAdd(queue, static (q, s) => new QueueLink(q, s.Session, s.Host, s.Logger), (Session: session, Host: this, Logger: logger));

    private void StartRenewing()
    {
        if (_renewing is null)
        {
            lock (_gate)
            {
                _renewing ??= Detached.Run(RenewLoopAsync);
            }
        }
    }

    private async Task RenewLoopAsync()
    {
        using var timer = new PeriodicTimer(RenewInterval, Time);
        var running = new Dictionary<QueueLink, Task>();
        try
        {
            while (await timer.WaitForNextTickAsync(session.Closing).ConfigureAwait(false))
            {
                foreach (var (name, link) in _links)
                {
                    // One slow queue must not keep the others waiting, nor gather calls.
                    if (running.TryGetValue(link, out var renewal) && !renewal.IsCompleted)
                    {
                        continue;
                    }

                    running.Remove(link);
                    if (link.TryClose())
                    {
                        _links.TryRemove(KeyValuePair.Create(name, link));
                    }
                    else
                    {
                        running[link] = RenewAsync(link);
                    }
                }
            }
        }
        catch (OperationCanceledException) when (session.Closing.IsCancellationRequested)
        {
            // The connection closes.
        }
    }

    private async Task RenewAsync(QueueLink link)
    {
        try
        {
            await link.RenewAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (Session.IsTransient(e) || e is BrokerException)
        {
            // The next tick tries again. A queue that moved answers another epoch then.
            LogNotRenewed(e, link.Queue);
        }
    }

    [LoggerMessage(4022, LogLevel.Debug, "A consumer of queue {Queue} could not be detached; its lease ends it")]
    private partial void LogNotDetached(Exception exception, string queue);

    [LoggerMessage(4023, LogLevel.Debug, "The leases of queue {Queue} could not be renewed; trying again")]
    private partial void LogNotRenewed(Exception exception, string queue);
}
