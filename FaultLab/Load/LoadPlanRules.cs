namespace OrleansBroker.FaultLab.Load;

/// <summary>What a plan must be.</summary>
internal static class LoadPlanRules
{
    private const int MostClients = 1000;

    /// <summary>Refuses a plan that makes no sense.</summary>
    /// <exception cref="ArgumentException">It says what is wrong and what is allowed.</exception>
    public static void Check(LoadPlan plan)
    {
        Require(plan.Silos.Count > 0, "there must be a silo");
        Require(plan.Publishers is > 0 and <= MostClients, $"publishers must be 1 to {MostClients}, not {plan.Publishers}");
        Require(plan.Queues is > 0 and <= MostClients, $"queues must be 1 to {MostClients}, not {plan.Queues}");
        Require(plan.LateQueues is >= 0 and <= MostClients, $"late queues must be 0 to {MostClients}, not {plan.LateQueues}");
        var queues = plan.Queues + (plan.WithTransient ? 1 : 0);
        Require(
            plan.Consumers >= queues && plan.Consumers <= MostClients,
            $"consumers must be {queues} to {MostClients}, so that each queue has one, not {plan.Consumers}");
        Require(plan.Rate > 0, $"the rate must be above 0, not {plan.Rate}");
        Require(plan.Window > 0, $"the window must be above 0, not {plan.Window}");
        Require(plan.HighestPrefetch is > 0 and <= ushort.MaxValue, $"the prefetch must be 1 to {ushort.MaxValue}, not {plan.HighestPrefetch}");
        Require(plan.LargestBody is >= 0 and <= 16 * 1024 * 1024, $"the largest body must be 0 to 16777216 octets, not {plan.LargestBody}");
        Require(plan.NativeShare is >= 0 and <= 1, $"the native share must be 0 to 1, not {plan.NativeShare}");
    }

    private static void Require(bool holds, string rule)
    {
        if (!holds)
        {
            throw new ArgumentException($"The plan of the load is wrong: {rule}.");
        }
    }
}
