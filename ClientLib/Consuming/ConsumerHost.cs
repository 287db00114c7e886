using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using OrleansBroker.ClientLib.Connections;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Queues;

namespace OrleansBroker.ClientLib.Consuming;

/// <summary>All consumers of a connection: their links to queues, and the renewal of their leases.</summary>
internal sealed partial class ConsumerHost(IQueueAccess access, ILogger logger)
{
    // A queue drops what was not renewed for 15 s.
    private static readonly TimeSpan RenewInterval = TimeSpan.FromSeconds(4);

    private readonly ConcurrentDictionary<string, QueueLink> _links = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Consumer, byte> _consumers = [];
    private readonly Lock _gate = new();
    private Task? _renewing;
    private long _numbers;

    public IQueueAccess Access => access;

    /// <summary>A number that this connection uses once.</summary>
    public long NextNumber() => Interlocked.Increment(ref _numbers);

    public BrokerException QueueGone(string queue) =>
        new(ReplyCode.NotFound, $"no queue '{queue}' in vhost '{access.VirtualHost}': it was deleted");

    /// <summary>A new attachment for the consumer.</summary>
    public Attachment Add(Consumer consumer)
    {
        _consumers.TryAdd(consumer, 0);
        StartRenewing();
        while (true)
        {
            if (LinkOf(consumer.Options.Queue).TryAdd(consumer) is { } attachment)
            {
                attachment.Reference = access.Refer(attachment);
                return attachment;
            }
        }
    }

    public void Remove(Consumer consumer) => _consumers.TryRemove(consumer, out _);

    /// <summary>Brings the attachment to the queue, once. False where it turned out to be of an activation that is gone.</summary>
    public async Task<bool> AttachAsync(Attachment attachment, CancellationToken cancellationToken)
    {
        var consumer = attachment.Consumer!;
        var options = consumer.Options;
        var request = new ConsumerAttachment
        {
            Id = new ConsumerId(access.Host, attachment.Number),
            Target = attachment.Reference!,
            Tag = options.Tag ?? $"{access.Name}-{attachment.Number}",
            NoAck = options.AutoAck,
            Exclusive = options.Exclusive,
            Priority = options.Priority,
            Credit = consumer.Window,
            Connection = options.Connection,
            Arguments = options.Arguments,
            Sign = attachment.Link.Signs.Next(),
        };
        var reply = await access.AttachAsync(options.Queue, request).WaitAsync(cancellationToken).ConfigureAwait(false);
        return attachment.EnterEpoch(reply.Epoch);
    }

    /// <summary>Detaches after what was settled has reached the queue; what is unsettled returns.</summary>
    public Task DetachAsync(Attachment attachment) => DetachAsync(attachment, requeue: true);

    /// <summary>Detaches after what was settled has reached the queue; what is unsettled returns, or stays to be settled.</summary>
    public async Task DetachAsync(Attachment attachment, bool requeue)
    {
        using var timeout = new CancellationTokenSource(access.Patience, access.Time);
        var left = false;
        try
        {
            await attachment.Link.Settling.FlushAsync().WaitAsync(timeout.Token).ConfigureAwait(false);
            left = requeue && attachment.Link.Leave(attachment);

            var request = new DetachRequest { Id = new ConsumerId(access.Host, attachment.Number), Requeue = requeue };
            await access.DetachAsync(attachment.Link.Queue, request, timeout.Token).ConfigureAwait(false);
            attachment.IsDetached = true;
        }
        catch (Exception e) when (e is BrokerException or BrokerUnreachableException or OperationCanceledException)
        {
            // The queue is gone, or its lease ends the attachment.
            attachment.Link.Remove(attachment);
            LogNotDetached(e, attachment.Link.Queue);
        }
        finally
        {
            if (left)
            {
                Forget(attachment);
            }
        }
    }

    /// <summary>Forgets the address of an attachment that ended.</summary>
    public void Forget(Attachment attachment)
    {
        if (attachment.Reference is { } reference)
        {
            access.Forget(reference);
        }
    }

    /// <summary>Takes one message where the queue has one ready; where it is to be settled, through the attachment of the answer.</summary>
    public async Task<(GetReply Reply, Attachment? Holder)> GetAsync(string queue, bool autoAck, Guid? connection, CancellationToken cancellationToken)
    {
        StartRenewing();
        Attachment? getter;
        while ((getter = LinkOf(queue).TryGetGetter()) is null)
        {
        }

        var request = new GetRequest { Id = new ConsumerId(access.Host, getter.Number), NoAck = autoAck, Connection = connection };
        GetReply reply;
        try
        {
            reply = await access.GetAsync(queue, request).WaitAsync(cancellationToken).ConfigureAwait(false);
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

        if (reply.Delivery is { } got && !autoAck)
        {
            return (reply, getter.Link.Got(getter, got.Epoch));
        }

        getter.AddOutstanding(-1);
        return (reply, null);
    }

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

    private QueueLink LinkOf(string queue) =>
        _links.GetOrAdd(queue, static (q, s) => new QueueLink(q, s.Host.Access, s.Host, s.Logger), (Host: this, Logger: logger));

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
        using var timer = new PeriodicTimer(RenewInterval, access.Time);
        var running = new Dictionary<QueueLink, Task>();
        try
        {
            while (await timer.WaitForNextTickAsync(access.Closing).ConfigureAwait(false))
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
        catch (OperationCanceledException) when (access.Closing.IsCancellationRequested)
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
