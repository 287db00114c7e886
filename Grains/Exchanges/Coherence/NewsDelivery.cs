using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Topology;
using OrleansBroker.Grains.Topology.Rows;

namespace OrleansBroker.Grains.Exchanges.Coherence;

/// <summary>Brings news to one other silo, or sees to it that the silo does not route without them.</summary>
internal sealed partial class NewsDelivery(
    RoutingListeners listeners,
    LeaseRevocations revocations,
    IClusterMembershipService membership,
    IOptions<TopologyOptions> options,
    TimeProvider time,
    ILogger<NewsDelivery> logger)
{
    /// <summary>Completes when the silo with this lease row has heard the news, or its lease has lapsed.</summary>
    public async Task DeliverAsync(TopologyRow lease, RoutingNews news)
    {
        var silo = SiloAddress.FromParsableString(lease.Key[TopologyKeys.Leases.Length..]);
        using var done = new CancellationTokenSource();
        var answer = CallAsync(silo, news, done.Token);
        try
        {
            if (await Task.WhenAny(answer, Task.Delay(PatienceWith(silo), time, done.Token)) != answer)
            {
                await await Task.WhenAny(answer, revocations.RevokeAsync(lease));
            }
        }
        finally
        {
            await done.CancelAsync();
        }
    }

    // A silo that is dead to the cluster does not answer, yet it may live and route: its lease is waited out like any other.
    private TimeSpan PatienceWith(SiloAddress silo) =>
        membership.CurrentSnapshot.GetSiloStatus(silo) == SiloStatus.Dead ? TimeSpan.Zero : options.Value.AnswerPatience;

    private async Task CallAsync(SiloAddress silo, RoutingNews news, CancellationToken done)
    {
        while (true)
        {
            try
            {
                await listeners.On(silo).HandleAsync(news).WaitAsync(done);
                return;
            }
            catch (Exception e) when (!done.IsCancellationRequested)
            {
                LogNoAnswer(logger, silo, e);
                await Task.Delay(options.Value.RetryPause, time, done);
            }
        }
    }

    [LoggerMessage(2321, LogLevel.Debug, "Silo {Silo} could not be told of a change of the routing")]
    private static partial void LogNoAnswer(ILogger logger, SiloAddress silo, Exception exception);
}
