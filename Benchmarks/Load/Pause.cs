using System.Runtime.InteropServices;

namespace OrleansBroker.Benchmarks.Load;

/// <summary>
/// Waits for points in time that are less than a millisecond apart. A load generator that spins meanwhile would hold one of few cores
/// and measure how the scheduler takes it away, not the broker.
/// </summary>
internal static partial class Pause
{
    public static void Until(long timestamp)
    {
        for (var left = Left(timestamp); left > TimeSpan.Zero; left = Left(timestamp))
        {
            if (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS())
            {
                _ = Sleep((uint)Math.Min(left.TotalMicroseconds + 1, 500_000));
            }
            else
            {
                Thread.Yield();
            }
        }
    }

    private static TimeSpan Left(long timestamp) =>
        timestamp <= TimeProvider.System.GetTimestamp() ? TimeSpan.Zero : TimeProvider.System.GetElapsedTime(TimeProvider.System.GetTimestamp(), timestamp);

    [LibraryImport("libc", EntryPoint = "usleep")]
    private static partial int Sleep(uint microseconds);
}
