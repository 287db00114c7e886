using OrleansBroker.Grains.Delays;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Publishing;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Queues.Core;

namespace OrleansBroker.Grains.Queues.Live;

/// <summary>
/// Publishes dead letters, in their order, and delayed messages whose time has come. A message leaves its queue only when its target
/// has it; the core bounds how many are under way.
/// </summary>
internal sealed class DeadLetterPublisher(QueueId id, QueueCore core, QueueContext context)
{
    private readonly string? _delayedBy = DelayQueue.ExchangeOf(id)?.Name;
    private readonly TimeSpan _patience = TimeSpan.FromSeconds(1);
    private Task<PublishReceipt>? _last;
    private Task _publishing = Task.CompletedTask;

    /// <summary>Called when a batch is done.</summary>
    public required Action Done { get; init; }

    public void Publish(List<DeadLetter> letters)
    {
        var publishing = PublishAsync([.. letters]);
        _publishing = _publishing.IsCompleted ? publishing : Task.WhenAll(_publishing, publishing);
    }

    /// <summary>Completes when what is under way has arrived or was refused, but not later than in a second: a target that is away
    /// must not hold up whoever asks.</summary>
    public async Task ArrivedAsync()
    {
        using var enough = new CancellationTokenSource();
        await Task.WhenAny(_publishing, Task.Delay(_patience, context.Time, enough.Token));
        await enough.CancelAsync();
    }

    private async Task PublishAsync(DeadLetter[] letters)
    {
        var outcomes = new PublishOutcome[letters.Length];
        Exception? failure = null;
        try
        {
            var messages = new BrokerMessage[letters.Length];
            for (var i = 0; i < letters.Length; i++)
            {
                messages[i] = letters[i].Message.WithRoute(letters[i].Exchange, letters[i].RoutingKey);
            }

            var batch = new PublishBatch
            {
                VirtualHost = id.VirtualHost,
                Messages = new MessageBatch(messages),
                DeadLetter = _delayedBy is null,
                DelayedBy = _delayedBy,
            };
            var receipt = await (_last = HandAsync(_last, batch));
            foreach (var (index, outcome) in (await receipt.Confirmed).Exceptions)
            {
                outcomes[index] = outcome;
            }
        }
        catch (Exception exception)
        {
            failure = exception;
            Array.Fill(outcomes, PublishOutcome.Unknown);
        }

        Report(letters, outcomes, failure);
    }

    /// <summary>Hands a batch to the publisher when the one before is handed over, whatever became of that, so that none overtakes.</summary>
    private async Task<PublishReceipt> HandAsync(Task<PublishReceipt>? last, PublishBatch batch)
    {
        if (last is { IsCompleted: false })
        {
            await Task.WhenAny(last);
        }

        return await context.Publisher.PublishAsync(batch);
    }

    private void Report(DeadLetter[] letters, PublishOutcome[] outcomes, Exception? failure)
    {
        var unknown = 0;
        for (var i = 0; i < letters.Length; i++)
        {
            // Unroutable, refused, a missing exchange: the letter has no home and is dropped, as RabbitMQ's at-most-once does.
            // Only an unknown outcome is worth another try.
            var again = outcomes[i] == PublishOutcome.Unknown;
            unknown += again ? 1 : 0;
            core.DeadLetterDone(letters[i].Id, stored: !again, context.Now);
        }

        if (_delayedBy is null)
        {
            context.Telemetry.DeadLettered(letters.Length - unknown);
        }

        if (unknown > 0)
        {
            context.Log.DeadLettersFailed(failure, id, unknown);
        }

        Done();
    }
}
