using OrleansBroker.Grains.Interfaces.Errors;

namespace OrleansBroker.Gateway.Channels.Methods;

/// <summary>
/// Calls a grain again whose activation ended while it was called, because it moved or was fenced off. Every method about topology
/// may be repeated: doing it twice is doing it once.
/// </summary>
internal static class Repeated
{
    private const int Attempts = 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    public static async Task<T> CallAsync<T>(ChannelScope scope, Func<Task<T>> call)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await call();
            }
            catch (Exception failure) when (attempt < Attempts && failure is not (BrokerException or OperationCanceledException))
            {
                await Task.Delay(Pause, scope.Broker.Time, scope.Ended);
            }
        }
    }

    public static Task CallAsync(ChannelScope scope, Func<Task> call) => CallAsync(scope, async () =>
    {
        await call();
        return true;
    });
}
