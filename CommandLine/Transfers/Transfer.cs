using OrleansBroker.CommandLine.Amqp;
using RabbitMQ.Client;

namespace OrleansBroker.CommandLine.Transfers;

/// <summary>
/// Takes messages out of a queue and publishes them elsewhere, as <paramref name="plan"/> says, and loses none: a message is
/// acknowledged only after the confirm of its copy, which a queue has taken. What ends in between leaves it in the source, so that it may
/// be there twice afterwards. What stays returns to its place when the channel closes.
/// It looks at no more messages than the source had at the start: one that comes back meanwhile is not sent a second time.
/// </summary>
internal sealed class Transfer(AmqpLink link, TransferOptions options, Func<Delivery, Plan> plan, TimeProvider time)
{
    /// <summary>The most copies that wait for their confirms.</summary>
    public const int Window = 128;

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    // Others consume as well, or nobody may: a queue that has messages and gives none for so long gives none.
    private const int MostWaits = 20;

    private readonly Queue<(Delivery Delivery, Plan.Send Send, Task<PublishOutcome> Outcome)> _pending = new();
    private readonly Dictionary<string, bool> _exchanges = new() { [""] = true };
    private readonly TransferResult _result = new();
    private readonly List<ulong> _lateAcks = [];
    private ushort _prefetch;
    private int _budget;

    /// <summary>What has been done so far.</summary>
    public TransferResult Result => _result;

    /// <summary>Whether anything was published, so that there may be copies.</summary>
    public bool HasPublished { get; private set; }

    public async Task RunAsync(Func<int, IProgress<long>> progressOf, CancellationToken cancellationToken)
    {
        await using var source = await link.ChannelAsync(cancellationToken);
        await using var target = await link.PublisherAsync(cancellationToken);
        var found = (int)Math.Min(int.MaxValue, (await source.QueueDeclarePassiveAsync(options.Source, cancellationToken)).MessageCount);
        _budget = options.MostLeft == 0 ? Math.Min(found, options.Limit) : found;
        if (_budget == 0)
        {
            return;
        }

        var progress = progressOf(Math.Min(found, options.Limit));
        var ahead = options.DryRun ? options.Limit + (long)options.MostLeft : Window + (long)options.MostLeft;
        _prefetch = (ushort)Math.Min(Math.Min(ahead, _budget), ushort.MaxValue);
        var reader = await DeliveryReader.StartAsync(source, options.Source, _prefetch, cancellationToken);
        try
        {
            await ReadAsync(reader, source, target, progress, cancellationToken);
        }
        finally
        {
            // What was published is followed to its end even when the work was interrupted.
            while (_pending.Count > 0 && source.IsOpen)
            {
                await SettleOldestAsync(source, progress);
            }

            if (source.IsOpen)
            {
                await reader.StopAsync();
                foreach (var tag in _lateAcks)
                {
                    await source.BasicAckAsync(tag, multiple: false, CancellationToken.None);
                }
            }
        }

        await source.CloseAsync(CancellationToken.None);
        await target.CloseAsync();
    }

    private async Task ReadAsync(
        DeliveryReader reader, IChannel source, ConfirmingPublisher target, IProgress<long> progress, CancellationToken cancellationToken)
    {
        var waits = 0;
        for (var seen = 0; seen < _budget && _result.Sent + _pending.Count < options.Limit && !_result.Stopped;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var delivery = reader.TryRead();
            if (_pending.Count > 0 && (delivery is null || _pending.Count >= Window))
            {
                await SettleOldestAsync(source, progress);
            }

            delivery ??= _pending.Count > 0 ? reader.TryRead() : await reader.ReadAsync(Patience, time, cancellationToken);
            if (delivery is not null)
            {
                (seen, waits) = (seen + 1, 0);
                await HandleAsync(delivery, target, progress, cancellationToken);
            }
            else if (_pending.Count == 0 && await IsDryAsync(source, ++waits, cancellationToken))
            {
                return;
            }
        }
    }

    private async Task<bool> IsDryAsync(IChannel source, int waits, CancellationToken cancellationToken)
    {
        _result.GaveNone = waits >= MostWaits;
        return _result.GaveNone || (await source.QueueDeclarePassiveAsync(options.Source, cancellationToken)).MessageCount == 0;
    }

    private async Task HandleAsync(Delivery delivery, ConfirmingPublisher target, IProgress<long> progress, CancellationToken cancellationToken)
    {
        switch (plan(delivery))
        {
            case Plan.Leave leave:
                Leave(leave.Reason);
                break;
            case Plan.Send send when !await HasExchangeAsync(send.Exchange, cancellationToken):
                Leave($"there is no exchange '{send.Exchange}'");
                break;
            case Plan.Send send when options.DryRun:
                _result.Count(send);
                progress.Report(_result.Sent);
                break;
            case Plan.Send send:
                HasPublished = true;
                var outcome = await target.PublishAsync(send.Exchange, send.RoutingKey, mandatory: true, send.Properties, delivery.Body);
                _pending.Enqueue((delivery, send, outcome));
                break;
        }
    }

    private async Task SettleOldestAsync(IChannel source, IProgress<long> progress)
    {
        var (delivery, send, published) = _pending.Dequeue();
        var outcome = await published;
        if (outcome != PublishOutcome.Confirmed)
        {
            Leave(outcome == PublishOutcome.Returned
                ? $"no queue takes it from exchange '{send.Exchange}' with key '{send.RoutingKey}'"
                : "the broker refused its copy (basic.nack)");
            return;
        }

        _result.Count(send);
        progress.Report(_result.Sent);

        // Each ack lets one more message come. The last ones are held back, so that none comes that will not be looked at.
        if (_result.Settled++ + _prefetch < _budget)
        {
            await source.BasicAckAsync(delivery.Tag, multiple: false, CancellationToken.None);
        }
        else
        {
            _lateAcks.Add(delivery.Tag);
        }
    }

    private void Leave(string reason)
    {
        _result.Left[reason] = _result.Left.GetValueOrDefault(reason) + 1;
        _result.Stopped |= _result.Left.Values.Sum() > options.MostLeft;
    }

    private async Task<bool> HasExchangeAsync(string exchange, CancellationToken cancellationToken)
    {
        if (!_exchanges.TryGetValue(exchange, out var known))
        {
            _exchanges[exchange] = known = await link.HasExchangeAsync(exchange, cancellationToken);
        }

        return known;
    }
}
