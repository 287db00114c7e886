using OrleansBroker.FaultLab.Load.Clients;
using OrleansBroker.FaultLab.Load.Topology;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace OrleansBroker.FaultLab.Load.Consuming;

/// <summary>A session of a client that takes messages over AMQP: how it begins, and the ways in which it ends.</summary>
internal abstract class AmqpSession(LoadScope scope, int number) : LoadClient(scope, number)
{
    // So few that it holds as many nearly always.
    private const int HighestSlowPrefetch = 5;

    private static readonly TimeSpan ShortestLife = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestLife = TimeSpan.FromSeconds(25);

    /// <summary>Whether the broker limits what it holds.</summary>
    protected virtual bool HasPrefetch => true;

    /// <summary>Whether it holds for long what it gets.</summary>
    protected virtual bool IsSlow => false;

    /// <inheritdoc/>
    protected override async Task SessionAsync(SiloEndpoint silo, CancellationToken ends)
    {
        await using var link = await AmqpLink.OpenAsync(silo, Scope.Plan, Name, ends);
        await using var channel = await link.Connection.CreateChannelAsync(null, ends);
        var queue = DrawQueue();
        if (!queue.Durable)
        {
            // It may have gone with its silo.
            await LabTopology.DeclareAsync(channel, queue, ends);
        }

        var consumer = NextLife();
        var notes = new ConsumerNotes(Scope.History, consumer, queue);
        var prefetch = Random.Next(1, IsSlow ? HighestSlowPrefetch + 1 : Scope.Plan.HighestPrefetch + 1);
        // What is done with deliveries is drawn on other threads.
        var random = new Random(Random.Next());
        using var held = new HeldMessages(Scope, random, notes, new AmqpAnswers(channel, queue, random), prefetch / 2, IsSlow);
        var life = new ConsumerLife { Queue = queue, Channel = channel, Prefetch = prefetch, Notes = notes, Held = held };
        channel.ChannelShutdownAsync += (_, reason) =>
        {
            if (reason.Initiator != ShutdownInitiator.Application)
            {
                notes.Ended();
            }

            life.Fail(new OperationInterruptedException(reason));
            return Task.CompletedTask;
        };
        notes.Started(HasPrefetch ? prefetch : 0, $"{Name} at {silo.Name}");
        try
        {
            await LiveAsync(link, life, ends);
        }
        finally
        {
            // However it ended: the socket is cut with the connection.
            notes.Ending();
            await held.EndAsync(acks: false);
            notes.Ended();
        }
    }

    /// <summary>The queue of a session.</summary>
    protected abstract LabQueue DrawQueue();

    /// <summary>Takes messages until the end, or until the channel's.</summary>
    protected abstract Task ConsumeAsync(ConsumerLife life, CancellationToken ends);

    private async Task LiveAsync(AmqpLink link, ConsumerLife life, CancellationToken ends)
    {
        var length = ShortestLife + ((LongestLife - ShortestLife) * Random.NextDouble());
        using var leaving = new CancellationTokenSource(length, Scope.Plan.Time);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(ends);
        using var calm = leaving.Token.Register(() =>
        {
            if (!Scope.IsCalm)
            {
                stopping.Cancel();
            }
        });
        var consuming = ConsumeAsync(life, stopping.Token);
        try
        {
            await await Task.WhenAny(consuming, life.Failed);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            await LeaveAsync(link, life, isLast: ends.IsCancellationRequested);
            return;
        }
        finally
        {
            await stopping.CancelAsync();
            await consuming.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await LeaveAsync(link, life, isLast: ends.IsCancellationRequested);
    }

    /// <summary>
    /// Ends the consumer: cancels it and settles what it holds, closes its channel or its connection with what it holds, or cuts the
    /// socket.
    /// </summary>
    private async Task LeaveAsync(AmqpLink link, ConsumerLife life, bool isLast)
    {
        var manner = isLast ? 0 : Random.Next(4);
        life.Notes.Ending();
        switch (manner)
        {
            case 0:
                if (life.ConsumerTag is { } tag)
                {
                    await life.Channel.BasicCancelAsync(tag);
                }

                await life.Held.EndAsync(acks: true);
                await life.Channel.CloseAsync();
                life.Held.Synced();
                break;
            case 1:
                await life.Held.EndAsync(acks: false);
                await life.Channel.CloseAsync();
                life.Held.Synced();
                break;
            case 2:
                await life.Held.EndAsync(acks: false);
                await link.CloseAsync();
                life.Held.Synced();
                break;
            default:
                life.Notes.Ended();
                link.Cut();
                break;
        }
    }
}
