namespace OrleansBroker.Gateway.Activity;

/// <summary>How many connections and channels had come and gone at the last sample, and how quickly they did before it.</summary>
internal sealed record ChurnMeter(
    (long Opened, long Closed) Connections,
    (long Opened, long Closed) Channels,
    long At,
    (double Opened, double Closed) ConnectionRates,
    (double Opened, double Closed) ChannelRates)
{
    /// <summary>The first sample.</summary>
    public static ChurnMeter Start(GatewayTelemetry telemetry, TimeProvider time) =>
        new(telemetry.ConnectionChurn, telemetry.ChannelChurn, time.GetTimestamp(), default, default);

    /// <summary>The next sample.</summary>
    public ChurnMeter Next(GatewayTelemetry telemetry, TimeProvider time)
    {
        var now = time.GetTimestamp();
        var seconds = time.GetElapsedTime(At, now).TotalSeconds;
        var (connections, channels) = (telemetry.ConnectionChurn, telemetry.ChannelChurn);
        return new ChurnMeter(connections, channels, now, Rates(Connections, connections, seconds), Rates(Channels, channels, seconds));
    }

    private static (double Opened, double Closed) Rates((long Opened, long Closed) before, (long Opened, long Closed) now, double seconds) =>
        seconds > 0 ? ((now.Opened - before.Opened) / seconds, (now.Closed - before.Closed) / seconds) : default;
}
