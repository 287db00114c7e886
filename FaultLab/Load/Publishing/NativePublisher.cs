using OrleansBroker.ClientLib;
using OrleansBroker.FaultLab.History;
using OrleansBroker.FaultLab.Load.Clients;

namespace OrleansBroker.FaultLab.Load.Publishing;

/// <summary>Publishes by the native client, whose connection outlasts outages by itself: sessions are long, and few are ended from here.</summary>
internal sealed class NativePublisher(LoadScope scope, int number) : LoadClient(scope, number)
{
    private static readonly TimeSpan ShortestLife = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LongestLife = TimeSpan.FromSeconds(120);

    /// <inheritdoc/>
    protected override async Task SessionAsync(SiloEndpoint silo, CancellationToken ends)
    {
        await using var connection = await OpenNativeAsync(silo, ends);
        var life = ShortestLife + ((LongestLife - ShortestLife) * Random.NextDouble());
        using var leaving = new CancellationTokenSource(life, Scope.Plan.Time);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(ends, leaving.Token);
        var window = new Queue<Task>();
        try
        {
            await PublishAsync(connection, window, stopping.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            if (ends.IsCancellationRequested || Random.Next(2) == 0)
            {
                await Task.WhenAll(window)
                    .WaitAsync(RequestTimeout, Scope.Plan.Time, CancellationToken.None)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task PublishAsync(Connection connection, Queue<Task> window, CancellationToken stops)
    {
        var pace = new Pace(Scope.Plan.Rate / Scope.Plan.Publishers, Random, Scope.Plan.Time);
        var publisher = NextLife();
        for (var number = 1L; ; number++)
        {
            await pace.NextAsync(stops);
            while (window.Count >= Scope.Plan.Window)
            {
                await window.Dequeue().WaitAsync(stops);
            }

            var draw = PublishDraw.Of(Random, Scope);
            var name = new MessageName(publisher, number);
            draw.Note(Scope.History, name);
            window.Enqueue(FollowAsync(name, PublishAsync(connection, draw, name)));
        }
    }

    private static Task PublishAsync(Connection connection, PublishDraw draw, MessageName name) => connection.PublishAsync(
        new ReadOnlyMemory<byte>(draw.Body),
        queue: draw.Route.Exchange.Length == 0 ? draw.Route.RoutingKey : null,
        exchange: draw.Route.Exchange.Length == 0 ? null : draw.Route.Exchange,
        routingKey: draw.Route.Exchange.Length == 0 ? null : draw.Route.RoutingKey,
        properties: new MessageProperties
        {
            MessageId = name.ToString(),
            CorrelationId = MessageSeal.Of(name, draw.Body),
            Persistent = draw.Persistent,
            Headers = draw.Route.Headers,
        },
        mandatory: draw.Mandatory);

    private async Task FollowAsync(MessageName name, Task publishing)
    {
        await publishing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var outcome = publishing.Exception?.InnerException switch
        {
            null when publishing.IsCompletedSuccessfully => HistoryKind.Confirmed,
            UnroutableException => HistoryKind.Returned,
            PublishRefusedException => HistoryKind.Refused,
            _ => HistoryKind.Unknown,
        };
        Scope.History.Add(HistoryEvent.Of(outcome, name));
    }
}
