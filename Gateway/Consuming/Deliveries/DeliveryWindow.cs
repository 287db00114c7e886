namespace OrleansBroker.Gateway.Consuming.Deliveries;

/// <summary>
/// How many messages a consumer without a limit of its own may have on their way to its connection. Such a consumer is granted more as
/// its messages are written, so the window is what a connection that does not read can make the silo hold.
/// </summary>
internal static class DeliveryWindow
{
    /// <summary>The window before the size of its messages is known.</summary>
    public const int First = 64;

    /// <summary>Enough small messages that neither the queue nor the writer waits for the other.</summary>
    public const int Most = 8192;

    private const int Least = 16;
    private const long Octets = 4 * 1024 * 1024;

    /// <summary>The window for messages of this size: 4 MiB of them, but at least 16 and at most 8,192.</summary>
    public static int For(long octets, int messages) =>
        (int)Math.Clamp(Octets * messages / Math.Max(1, octets), Least, Most);

    /// <summary>
    /// The window of a consumer that acknowledges: the smaller of its own limit and the channel's; null where neither limits it.
    /// Consumers that share a limit are each granted all of it; what comes beyond it waits in the channel, unsent.
    /// </summary>
    public static int? Of(int prefetch, int shared) => (prefetch, shared) switch
    {
        (0, 0) => null,
        (0, _) => shared,
        (_, 0) => prefetch,
        _ => Math.Min(prefetch, shared),
    };
}
