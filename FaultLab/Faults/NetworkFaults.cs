using OrleansBroker.FaultLab.Cluster;

namespace OrleansBroker.FaultLab.Faults;

/// <summary>Machines do not reach each other, in both directions or in one.</summary>
internal sealed class PartitionFault(LabCluster cluster, IReadOnlyList<(Machine From, Machine To)> pairs, bool bothWays) : Fault
{
    public override string Text =>
        $"partition: {string.Join(", ", pairs.Select(pair => $"{pair.From.Name} {(bothWays ? "<->" : "->")} {pair.To.Name}"))}";

    public override async Task BeginAsync(CancellationToken cancellationToken)
    {
        foreach (var (from, to) in pairs)
        {
            await LabCluster.CutAsync(from, to, bothWays);
        }
    }

    public override async Task<string?> EndAsync(CancellationToken cancellationToken)
    {
        await cluster.MendAsync();
        return Fine;
    }
}
