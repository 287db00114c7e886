using OrleansBroker.FaultLab.Cluster;

namespace OrleansBroker.FaultLab.Faults;

/// <summary><c>pg_ctl restart -m immediate</c>, at the beginning and again at the end.</summary>
internal sealed class DatabaseRestartFault(Database database) : Fault
{
    public override string Text => "the database is restarted, twice";

    public override Task BeginAsync(CancellationToken cancellationToken) => database.RestartAsync();

    public override async Task<string?> EndAsync(CancellationToken cancellationToken)
    {
        await database.RestartAsync();
        return Fine;
    }
}

/// <summary>SIGKILL of the database, which is away until the end.</summary>
internal sealed class DatabaseKillFault(Database database) : Fault
{
    public override string Text => "kill -9 of the database";

    public override Task BeginAsync(CancellationToken cancellationToken) => database.KillAsync();

    public override async Task<string?> EndAsync(CancellationToken cancellationToken)
    {
        await database.StartAsync();
        return Fine;
    }
}

/// <summary>Another one takes all of the store's disk, or all but a rest, and gives it back at the end.</summary>
internal sealed class DiskFullFault(LabCluster cluster, long leave) : Fault
{
    public override string Text => $"the disk is full but for {leave / 1024} KiB";

    public override Task BeginAsync(CancellationToken cancellationToken) => cluster.Disk!.FillAsync(leave);

    public override async Task<string?> EndAsync(CancellationToken cancellationToken)
    {
        cluster.Disk!.Free();
        // A server that could not write its log has ended by itself.
        if (cluster.Database is { } database)
        {
            await database.StartAsync();
        }

        return Fine;
    }
}

/// <summary>
/// The machine of the embedded store loses its power: what was not synced is gone, the silo with it, and at the end it starts on what
/// the disk holds.
/// </summary>
internal sealed class PowerLossFault(LabCluster cluster) : Fault
{
    public override string Text => "power loss";

    public override async Task BeginAsync(CancellationToken cancellationToken)
    {
        // Not within a sync: Linux answers one that the shutdown overtakes with success now and then, though what it wrote is lost (a
        // loop of write and fdatasync, and nothing else, loses its last record in one of six tries).
        await cluster.Silos[0].StandStillAsync();
        cluster.Disk!.LosePower();

        // The disk first, under load: whatever is confirmed from here on is confirmed without it, and would be lost.
        await cluster.Silos[0].ResumeAsync();
        await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System, cancellationToken);
        await cluster.Silos[0].KillAsync();
        await cluster.Disk.UnmountAsync();
    }

    public override async Task<string?> EndAsync(CancellationToken cancellationToken)
    {
        await cluster.Disk!.MountAsync();
        cluster.Silos[0].Start();
        return Fine;
    }
}
