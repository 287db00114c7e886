using OrleansBroker.Grains.Interfaces.Stores;

namespace OrleansBroker.Grains.Topology.Rows;

/// <summary>Work on many rows with a bound on how much is under way.</summary>
internal static class RowScans
{
    /// <summary>Runs the action for each row, so many at a time; stays on the caller's scheduler, which may be a grain's.</summary>
    public static async Task ForEachAsync(
        this IAsyncEnumerable<TopologyRow> rows, int parallelism, Func<TopologyRow, Task> action, CancellationToken cancellationToken)
    {
        var underWay = new List<Task>(parallelism);
        await foreach (var row in rows.WithCancellation(cancellationToken))
        {
            if (underWay.Count == parallelism)
            {
                var done = await Task.WhenAny(underWay);
                underWay.Remove(done);
                await done;
            }

            underWay.Add(action(row));
        }

        await Task.WhenAll(underWay);
    }
}
