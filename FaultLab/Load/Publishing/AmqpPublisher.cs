using OrleansBroker.FaultLab.History;
using OrleansBroker.FaultLab.Load.Clients;
using RabbitMQ.Client;

namespace OrleansBroker.FaultLab.Load.Publishing;

/// <summary>Publishes over AMQP in confirm mode. Each session is a channel of its own, and ends in any of the ways that channels end.</summary>
internal sealed class AmqpPublisher(LoadScope scope, int number) : LoadClient(scope, number)
{
    private static readonly CreateChannelOptions Confirming = new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false);
    private static readonly TimeSpan ShortestLife = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LongestLife = TimeSpan.FromSeconds(40);

    /// <inheritdoc/>
    protected override async Task SessionAsync(SiloEndpoint silo, CancellationToken ends)
    {
        await using var link = await AmqpLink.OpenAsync(silo, Scope.Plan, Name, ends);
        await using var channel = await link.Connection.CreateChannelAsync(Confirming, ends);
        using var window = new ConfirmWindow(NextLife(), Scope.Plan.Window, Scope.History);
        Listen(channel, window);
        var life = ShortestLife + ((LongestLife - ShortestLife) * Random.NextDouble());
        using var leaving = new CancellationTokenSource(life, Scope.Plan.Time);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(ends, leaving.Token);
        _ = window.Closed.ContinueWith(_ => stopping.CancelAsync(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        try
        {
            await PublishAsync(channel, window, stopping.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            await LeaveAsync(link, channel, window, ends.IsCancellationRequested);
        }
        finally
        {
            window.Close();
        }
    }

    private static void Listen(IChannel channel, ConfirmWindow window)
    {
        channel.BasicAcksAsync += (_, ack) =>
        {
            window.Answer(ack.DeliveryTag, ack.Multiple, HistoryKind.Confirmed);
            return Task.CompletedTask;
        };
        channel.BasicNacksAsync += (_, nack) =>
        {
            window.Answer(nack.DeliveryTag, nack.Multiple, HistoryKind.Refused);
            return Task.CompletedTask;
        };
        channel.BasicReturnAsync += (_, returned) =>
        {
            window.Return(returned.BasicProperties.MessageId, returned.BasicProperties.CorrelationId, returned.Body.Span);
            return Task.CompletedTask;
        };
        channel.ChannelShutdownAsync += (_, _) =>
        {
            window.Close();
            return Task.CompletedTask;
        };
    }

    private async Task PublishAsync(IChannel channel, ConfirmWindow window, CancellationToken stops)
    {
        var pace = new Pace(Scope.Plan.Rate / Scope.Plan.Publishers, Random, Scope.Plan.Time);
        while (true)
        {
            await pace.NextAsync(stops);
            var draw = PublishDraw.Of(Random, Scope);
            var name = await window.NextAsync(draw, stops);
            var properties = new BasicProperties
            {
                MessageId = name.ToString(),
                CorrelationId = MessageSeal.Of(name, draw.Body),
                Persistent = draw.Persistent,
                Headers = new Dictionary<string, object?>(draw.Route.Headers),
            };
            // Not cancelled by the end: half a message would end the channel.
            await channel.BasicPublishAsync(draw.Route.Exchange, draw.Route.RoutingKey, draw.Mandatory, properties, draw.Body, CancellationToken.None)
                .AsTask()
                .WaitAsync(stops);
        }
    }

    /// <summary>Most wait for their confirms. The others leave them behind: with an orderly goodbye, or by a cut.</summary>
    private async Task LeaveAsync(AmqpLink link, IChannel channel, ConfirmWindow window, bool isLast)
    {
        if (window.Closed.IsCompleted)
        {
            return;
        }

        var manner = isLast ? 0 : Random.Next(4);
        if (manner < 2)
        {
            await window.EmptyAsync().WaitAsync(Scope.Plan.Patience, Scope.Plan.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            window.GiveUp();
        }

        switch (manner)
        {
            case 0:
                await channel.CloseAsync();
                break;
            case 1 or 2:
                await link.CloseAsync();
                break;
            default:
                link.Cut();
                break;
        }
    }
}
