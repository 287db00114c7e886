using OrleansBroker.Storage;

namespace OrleansBroker.Silo.Hosting;

/// <summary>Says in a sentence why the start failed.</summary>
internal static class StartupFailure
{
    /// <summary>What the store says to the operator, else the innermost message: the layers around it only say that starting failed.</summary>
    public static string Explain(Exception failure)
    {
        while (failure is not StoreException && failure.InnerException is { } inner)
        {
            failure = inner;
        }

        return failure.Message;
    }
}
