namespace OrleansBroker.ClientLib.Telemetry;

/// <summary>Runs the application's handler within an activity, where somebody listens, and measures it.</summary>
internal static class Processing
{
    public static Task RunAsync(ClientTelemetry telemetry, string queue, ArraySegment<Delivery> deliveries, Func<Task> handle) =>
        telemetry.IsProcessObserved ? RunObservedAsync(telemetry, queue, deliveries, handle) : handle();

    private static async Task RunObservedAsync(ClientTelemetry telemetry, string queue, ArraySegment<Delivery> deliveries, Func<Task> handle)
    {
        var since = telemetry.Timestamp;
        using var activity = telemetry.StartProcess(queue, deliveries);
        Exception? failure = null;
        try
        {
            // Inside a grain the handler runs in the grain's turns: this must come back to where it was.
            await handle().ConfigureAwait(true);
        }
        catch (Exception e)
        {
            failure = e;
            ClientTelemetry.Fail(activity, e);
            throw;
        }
        finally
        {
            telemetry.Processed(queue, since, failure);
        }
    }
}
