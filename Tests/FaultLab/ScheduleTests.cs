using OrleansBroker.FaultLab.Faults;
using Where = OrleansBroker.FaultLab.Cluster.Topology;

namespace OrleansBroker.Tests.FaultLab;

/// <summary>Which faults happen, and when, follows from the seed.</summary>
public sealed class ScheduleTests
{
    private static readonly TimeSpan Duration = TimeSpan.FromMinutes(30);

    [Fact]
    public void A_seed_draws_the_same_faults_each_time()
    {
        var kinds = FaultCatalogue.Select(FaultCatalogue.Mix, Where.Cluster, loopback: false);
        Assert.Equal(Schedule.Draw(7, kinds, Duration), Schedule.Draw(7, kinds, Duration));
        Assert.NotEqual(Schedule.Draw(7, kinds, Duration), Schedule.Draw(8, kinds, Duration));
    }

    [Fact]
    public void A_long_mix_has_every_fault_of_its_topology()
    {
        var kinds = FaultCatalogue.Select(FaultCatalogue.Mix, Where.Cluster, loopback: false);
        var drawn = Schedule.Draw(1, kinds, Duration).Select(episode => episode.Fault).Distinct();
        Assert.Equal(kinds.Select(kind => kind.Name).Order(), drawn.Order());
        Assert.DoesNotContain(kinds, kind => kind.Name == "power-loss");
    }

    [Fact]
    public void Faults_and_the_pauses_between_them_last_five_to_fifteen_seconds()
    {
        foreach (var episode in Schedule.Draw(3, FaultCatalogue.Select("kill", Where.Single, loopback: false), Duration))
        {
            Assert.InRange(episode.Pause.TotalSeconds, 5, 15);
            Assert.InRange(episode.Length.TotalSeconds, 5, 15);
        }
    }

    [Fact]
    public void A_pause_is_longer_than_it_takes_to_be_declared_dead()
    {
        var lengths = Schedule.Draw(3, FaultCatalogue.Select("pause", Where.Cluster, loopback: false), Duration).Select(episode => episode.Length.TotalSeconds);
        Assert.All(lengths, length => Assert.InRange(length, 6, 15));
    }

    [Fact]
    public void A_run_that_is_too_short_for_its_first_fault_has_it_all_the_same() =>
        Assert.Single(Schedule.Draw(1, FaultCatalogue.Select("kill", Where.Single, loopback: false), TimeSpan.FromSeconds(1)));

    [Fact]
    public void On_loopback_nothing_is_drawn_that_needs_namespaces_or_mounts()
    {
        var kinds = FaultCatalogue.Select(FaultCatalogue.Mix, Where.Cluster, loopback: true);
        Assert.NotEmpty(kinds);
        Assert.All(kinds, kind => Assert.Equal(FaultNeeds.Nothing, kind.Needs));
    }
}
