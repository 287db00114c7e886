using OrleansBroker.Grains.Interfaces.Queues;

namespace OrleansBroker.ClientLib.Consuming;

/// <summary>Where a delivery is settled.</summary>
internal interface ISettler
{
    /// <summary>Settles the delivery of that number.</summary>
    void Settle(long number, Settlement how);
}

/// <summary>For deliveries that the queue settled when it sent them.</summary>
internal sealed class SettledAlready : ISettler
{
    public static SettledAlready Instance { get; } = new();

    public void Settle(long number, Settlement how)
    {
        // Nothing is left to settle.
    }
}
