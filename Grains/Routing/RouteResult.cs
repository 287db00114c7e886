using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Publishing;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Routing;

/// <summary>
/// Where a message goes. One instance serves one caller for message after message, so that a route allocates nothing; what it
/// tells is valid until the next route.
/// </summary>
internal sealed class RouteResult
{
    private readonly RouteWalk _walk = new();

    /// <summary>
    /// <see cref="PublishOutcome.Enqueued"/> where there are destinations; else Unroutable, ExchangeNotFound, ExchangeInternal or
    /// Malformed.
    /// </summary>
    public PublishOutcome Outcome { get; private set; }

    /// <summary>The queues and streams that the message goes to, each once.</summary>
    public ReadOnlySpan<Destination> Destinations => _walk.Destinations.Items;

    /// <summary>The message to enqueue: the one that was routed, or a copy without its BCC header.</summary>
    public BrokerMessage Message { get; private set; } = null!;

    /// <summary>
    /// Whether outcome and destinations follow from exchange and key alone, for as long as no table changes. They may then be used
    /// for other messages of the same exchange and key for which <see cref="MessageRouter.MayNameFurtherKeys"/> is false.
    /// </summary>
    public bool Cacheable { get; private set; }

    /// <summary>The exchange whose table has to be loaded, when there was no route for want of it.</summary>
    public ExchangeId MissingTable { get; private set; }

    internal RouteWalk Start(BrokerMessage message)
    {
        Message = message;
        Cacheable = false;
        MissingTable = default;
        Outcome = PublishOutcome.Unroutable;
        _walk.Start(message);
        return _walk;
    }

    internal bool Complete(bool cacheable)
    {
        Message = _walk.MessageToEnqueue();
        Cacheable = cacheable;
        Outcome = _walk.Destinations.Count > 0 ? PublishOutcome.Enqueued : PublishOutcome.Unroutable;
        return true;
    }

    internal bool Refuse(PublishOutcome outcome)
    {
        _walk.Destinations.Clear();
        Outcome = outcome;
        return true;
    }

    internal bool Lack(ExchangeId table)
    {
        _walk.Destinations.Clear();
        MissingTable = table;
        return false;
    }
}
