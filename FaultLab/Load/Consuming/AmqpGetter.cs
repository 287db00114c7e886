using OrleansBroker.FaultLab.Load.Clients;
using OrleansBroker.FaultLab.Load.Topology;

namespace OrleansBroker.FaultLab.Load.Consuming;

/// <summary>Gets messages one by one (basic.get), from a queue that is drawn for each session.</summary>
internal sealed class AmqpGetter(LoadScope scope, int number) : AmqpSession(scope, number)
{
    private static readonly TimeSpan EmptyPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(20);

    /// <inheritdoc/>
    protected override bool HasPrefetch => false;

    /// <inheritdoc/>
    protected override LabQueue DrawQueue() => Scope.Topology.Consumed[Random.Next(Scope.Topology.Consumed.Count)];

    /// <inheritdoc/>
    protected override async Task ConsumeAsync(ConsumerLife life, CancellationToken ends)
    {
        while (!ends.IsCancellationRequested)
        {
            // A get that was asked for is waited for: its message would be held by nobody.
            var got = await life.Channel.BasicGetAsync(life.Queue.Name, autoAck: false, CancellationToken.None);
            life.Held.Synced();
            if (got is null)
            {
                await life.Held.SettleAsync();
            }
            else
            {
                var (message, damage) = MessageSeal.Check(got.BasicProperties.MessageId, got.BasicProperties.CorrelationId, got.Body.Span);
                await life.Held.DeliveredAsync(message, damage, got.Redelivered, got.DeliveryTag);
            }

            await Task.Delay(got is null ? EmptyPause : LongestPause * Random.NextDouble(), Scope.Plan.Time, ends);
        }
    }
}
