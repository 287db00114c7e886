using OrleansBroker.ClientLib;
using OrleansBroker.FaultLab.Load.Clients;
using OrleansBroker.FaultLab.Load.Topology;

namespace OrleansBroker.FaultLab.Load.Consuming;

/// <summary>
/// Consumes a queue by the native client. A session is a connection with several consumers, one after the other; when the queue moves
/// the client attaches again by itself, and what it held comes again.
/// </summary>
internal sealed class NativeConsumer(LoadScope scope, int number, LabQueue queue) : LoadClient(scope, number)
{
    private const int MostConsumersOfSession = 12;

    private static readonly TimeSpan ShortestLife = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestLife = TimeSpan.FromSeconds(25);

    /// <inheritdoc/>
    protected override async Task SessionAsync(SiloEndpoint silo, CancellationToken ends)
    {
        await using var connection = await OpenNativeAsync(silo, ends);
        for (var left = Random.Next(1, MostConsumersOfSession + 1); left > 0 && !ends.IsCancellationRequested; left--)
        {
            if (!queue.Durable)
            {
                await connection.CreateQueueAsync(queue.Name, options: new QueueOptions { Durable = false }, cancellationToken: ends);
            }

            await ConsumeAsync(connection, silo, ends);
        }
    }

    private async Task ConsumeAsync(Connection connection, SiloEndpoint silo, CancellationToken ends)
    {
        var prefetch = Random.Next(1, Scope.Plan.HighestPrefetch + 1);
        var notes = new ConsumerNotes(Scope.History, NextLife(), queue);
        var answers = new NativeAnswers();
        // What is done with deliveries is drawn on other threads.
        using var held = new HeldMessages(Scope, new Random(Random.Next()), notes, answers, prefetch / 2, isSlow: false);
        using var stopping = new CancellationTokenSource();
        var length = ShortestLife + ((LongestLife - ShortestLife) * Random.NextDouble());
        var ticking = held.TickAsync(stopping.Token);
        notes.Started(prefetch, $"{Name} first at {silo.Name}");
        var leaving = LeaveAsync(length, notes, held, stopping, ends);
        try
        {
            await foreach (var delivery in connection.ReadAllAsync(queue.Name, prefetch, cancellationToken: stopping.Token))
            {
                var tag = answers.Add(delivery);
                var properties = delivery.Properties;
                var (message, damage) = MessageSeal.Check(properties.MessageId, properties.CorrelationId, delivery.Body.Span);
                await held.DeliveredAsync(message, damage, delivery.Redelivered, tag);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Its end detached it, after what it had settled before: the broker answers both.
            held.Synced();
        }
        finally
        {
            notes.Ending();
            await stopping.CancelAsync();
            await Task.WhenAll(ticking, leaving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await held.EndAsync(acks: false);
            notes.Ended();
        }
    }

    /// <summary>Stops settling, and then the consumer: at the end, or before that when its time is over and the load is not calm.</summary>
    private async Task LeaveAsync(TimeSpan length, ConsumerNotes notes, HeldMessages held, CancellationTokenSource stopping, CancellationToken ends)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ends, stopping.Token);
        await Task.Delay(length, Scope.Plan.Time, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (Scope.IsCalm)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, Scope.Plan.Time, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        notes.Ending();
        await held.EndAsync(acks: ends.IsCancellationRequested);
        await stopping.CancelAsync();
    }
}
