using OrleansBroker.Grains.Queues.Core;

namespace OrleansBroker.Grains.Telemetry;

/// <summary>The words under which metrics count messages that left other than by acknowledgement; x-death uses the same.</summary>
internal static class DropReasons
{
    public static string NameOf(DropReason reason) => reason switch
    {
        DropReason.Rejected => "rejected",
        DropReason.Expired => "expired",
        DropReason.MaxLength => "maxlen",
        DropReason.DeliveryLimit => "delivery_limit",
        DropReason.Purged => "purged",
        _ => "missing",
    };
}
