namespace OrleansBroker.Tests.Durability;

/// <summary>
/// Tells from a history whether a broker kept its word, after its queue was drained: nothing confirmed is lost, nothing comes that
/// was never published, what comes twice says so, and what comes once comes in its publisher's order.
/// </summary>
public static class HistoryJudge
{
    /// <summary>What went wrong; empty where nothing did.</summary>
    public static IReadOnlyList<string> Violations(History history)
    {
        var published = history.Published.ToDictionary(record => record.Message, record => record.Fate);
        var delivered = history.Delivered.ToLookup(record => record.Message);
        return [.. Lost(published, delivered), .. Unexpected(published, delivered), .. SilentDuplicates(delivered), .. Disorder(history, delivered)];
    }

    // A message leaves only by an ack: one that was only ever returned must have come again, and been acked in the end.
    private static IEnumerable<string> Lost(Dictionary<MessageName, PublishFate> published, ILookup<MessageName, DeliveryRecord> delivered) =>
        from message in published
        where message.Value == PublishFate.Confirmed
        where delivered[message.Key].All(delivery => delivery.Fate == SettleFate.Returned)
        select $"lost: {message.Key} was confirmed, {(delivered.Contains(message.Key) ? "returned to the queue and not delivered again" : "never delivered")}";

    private static IEnumerable<string> Unexpected(Dictionary<MessageName, PublishFate> published, ILookup<MessageName, DeliveryRecord> delivered) =>
        from message in delivered
        where !published.ContainsKey(message.Key)
        select $"unexpected: {message.Key} was delivered and never published";

    // Two sessions may see the copies in any order, but only one of the copies may claim to be the first.
    private static IEnumerable<string> SilentDuplicates(ILookup<MessageName, DeliveryRecord> delivered) =>
        from message in delivered
        where message.Count(delivery => !delivery.Redelivered) > 1
        select $"duplicate: {message.Key} was delivered {message.Count()} times, more than once without the redelivered mark";

    private static IEnumerable<string> Disorder(History history, ILookup<MessageName, DeliveryRecord> delivered)
    {
        // Sessions of one round run side by side, and one that lasts may hold in the next round what it was handed in this one: only what
        // was recorded before a session began has an order to it, and the deliveries of one session among them.
        var newestOfRound = new Dictionary<(int Publisher, int Round), long>();
        var newestOfSession = new Dictionary<(int Publisher, int Session), long>();
        foreach (var delivery in history.Delivered.OrderBy(record => record.Round))
        {
            var (publisher, number) = delivery.Message;
            if (delivery.Redelivered || delivered[delivery.Message].Count() > 1)
            {
                continue;
            }

            var inSession = newestOfSession.GetValueOrDefault((publisher, delivery.Session), long.MinValue);
            var before = newestOfRound.Where(entry => entry.Key.Publisher == publisher && entry.Key.Round < delivery.Since)
                .Select(entry => entry.Value)
                .DefaultIfEmpty(long.MinValue)
                .Max();
            if (number < Math.Max(inSession, before))
            {
                yield return $"disorder: {delivery.Message} came after {publisher}-{Math.Max(inSession, before)}";
            }

            newestOfSession[(publisher, delivery.Session)] = Math.Max(inSession, number);
            var round = newestOfRound.GetValueOrDefault((publisher, delivery.Round), long.MinValue);
            newestOfRound[(publisher, delivery.Round)] = Math.Max(round, number);
        }
    }
}
