using OrleansBroker.FaultLab.History;

namespace OrleansBroker.FaultLab.Judging;

/// <summary>
/// Tells from a history whether the broker kept its word. It is pure: it sees what the clients saw, and nothing else of the broker. A
/// history is read three times, and of it there stay some hundred octets a message.
/// </summary>
public static class Judge
{
    /// <summary>How long anything may take in a broker that is whole, in nanoseconds: 60 s.</summary>
    internal const long Patience = 60_000_000_000;

    /// <summary>
    /// How long after its end a fault may still be felt, in nanoseconds: 20 s. Leases of consumers last 15 s and are renewed every four,
    /// and what was sent into a partition is sent again after a pause that grows with its length.
    /// </summary>
    internal const long Aftermath = 20_000_000_000;

    /// <summary>Judges a history. It is enumerated several times, with the same events in the order of their times.</summary>
    public static Verdict Decide(IEnumerable<HistoryEvent> history)
    {
        ArgumentNullException.ThrowIfNull(history);
        var findings = new Findings();
        var index = new HistoryIndex(findings);
        index.Read(history);
        var deliveries = new DeliveryJudge(index, findings);
        deliveries.Read(history);
        var end = new EndJudge(index, findings);
        end.Read();
        return new Verdict
        {
            Published = index.Published,
            Confirmed = end.Confirmed,
            Returned = end.Returned,
            Refused = end.Refused,
            Unknown = end.Unknown,
            Delivered = index.Delivered,
            Redelivered = index.Redelivered,
            FinalAcks = deliveries.FinalAcks,
            TransientGone = end.TransientGone,
            LongestConfirm = Span(end.LongestConfirm),
            LongestDelivery = Span(end.LongestDelivery),
            Counts = findings.Counts,
            Violations = findings.WithEvidence(history),
        };
    }

    private static TimeSpan Span(long nanoseconds) => TimeSpan.FromTicks(nanoseconds / TimeSpan.NanosecondsPerTick);
}
