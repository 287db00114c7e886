using OrleansBroker.ClientLib;
using OrleansBroker.FaultLab.History;
using OrleansBroker.FaultLab.Load.Clients;
using OrleansBroker.FaultLab.Load.Consuming;
using OrleansBroker.FaultLab.Load.Topology;
using OrleansBroker.Grains.Interfaces.Errors;

namespace OrleansBroker.FaultLab.Load;

/// <summary>Waits until the queues are empty, and says what is stuck where they do not become so.</summary>
internal sealed class QueueDrain(LoadScope scope)
{
    // Beyond all clients of the load.
    private const int FirstLastConsumer = 5000;

    // What a silo still repeats for a publisher that is gone comes within that.
    private static readonly TimeSpan EmptyFor = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly TimeProvider _time = scope.Plan.Time;

    /// <summary>Waits until nothing is ready or unacknowledged for some seconds; else what is stuck.</summary>
    public async Task<string?> WaitAsync(TimeSpan limit, string with)
    {
        var began = _time.GetTimestamp();
        var (moved, empty) = (began, (long?)null);
        var (deliveries, seen) = (-1L, "");
        Connection? connection = null;
        try
        {
            while (true)
            {
                string? left;
                (connection, left) = await LookAsync(connection);
                var now = _time.GetTimestamp();
                empty = left is null ? empty ?? now : null;
                if (empty is { } since && _time.GetElapsedTime(since, now) >= EmptyFor)
                {
                    return null;
                }

                var delivered = scope.History.Count(HistoryKind.Delivered);
                if (delivered != deliveries || left is null || left != seen)
                {
                    (deliveries, seen, moved) = (delivered, left ?? "", now);
                }

                if (_time.GetElapsedTime(moved, now) > scope.Plan.Patience)
                {
                    return $"{with}, for {scope.Plan.Patience.TotalSeconds:0} s: {left}";
                }

                if (_time.GetElapsedTime(began, now) > limit)
                {
                    return $"{with}, after {limit.TotalSeconds:0} s: {left ?? "the queues were empty for a moment only"}";
                }

                await Task.Delay(Interval, _time);
            }
        }
        finally
        {
            if (connection is not null)
            {
                await connection.DisposeAsync();
            }
        }
    }

    /// <summary>The clients are gone: what they left is taken by a last consumer of each queue.</summary>
    public async Task<string?> FinishAsync(TimeSpan limit)
    {
        using var ends = new CancellationTokenSource();
        var last = scope.Topology.Queues
            .Select((queue, i) => new AmqpConsumer(scope, FirstLastConsumer + i, queue))
            .Select(consumer => Task.Run(() => consumer.RunAsync(ends.Token)))
            .ToList();
        var stuck = await WaitAsync(limit, "with a last consumer");
        await ends.CancelAsync();
        await Task.WhenAll(last);
        return stuck ?? await WaitAsync(limit, "without consumers");
    }

    /// <summary>What the queues hold; null for nothing. A connection that fails is replaced with the next look.</summary>
    private async Task<(Connection? Connection, string? Left)> LookAsync(Connection? connection)
    {
        try
        {
            connection ??= await Connection.OpenAsync(
                string.Join(',', scope.Plan.Silos.Select(silo => $"{silo.Host}:{silo.GatewayPort}")),
                new ConnectionOptions
                {
                    User = scope.Plan.User,
                    Password = scope.Plan.Password,
                    ClientName = "lab-drains",
                    ClusterId = scope.Plan.ClusterId,
                    ServiceId = scope.Plan.ServiceId,
                    RequestTimeout = scope.Plan.Patience,
                });
            var left = new List<string>();
            foreach (var queue in scope.Topology.Queues)
            {
                if (await FindAsync(connection, queue) is { } info && info.Messages + info.Unacked > 0)
                {
                    left.Add($"{info.Name} has {info.Messages} ready and {info.Unacked} unacknowledged messages, and {info.Consumers} consumers");
                }
            }

            return (connection, left.Count > 0 ? string.Join("; ", left) : null);
        }
        catch (Exception failure) when (failure is BrokerUnreachableException or BrokerException)
        {
            if (connection is not null)
            {
                await connection.DisposeAsync();
            }

            return (null, $"the queues cannot be looked at: {failure.Message}");
        }
    }

    private static async Task<QueueInfo?> FindAsync(Connection connection, LabQueue queue)
    {
        try
        {
            return await connection.GetQueueAsync(queue.Name);
        }
        catch (BrokerException gone) when (gone.Code == ReplyCode.NotFound && !queue.Durable)
        {
            // It went with its silo, and nobody has declared it again.
            return null;
        }
    }
}
