namespace OrleansBroker.ClientLib.Connections;

/// <summary>Starts loops that belong to a connection and not to the caller that happens to start them.</summary>
internal static class Detached
{
    /// <summary>Runs on the thread pool without the caller's ambient values (request context, activity, grain).</summary>
    public static Task Run(Func<Task> loop)
    {
        if (ExecutionContext.IsFlowSuppressed())
        {
            return Task.Run(loop);
        }

        using (ExecutionContext.SuppressFlow())
        {
            return Task.Run(loop);
        }
    }
}
