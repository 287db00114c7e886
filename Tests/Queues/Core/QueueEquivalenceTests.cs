using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Queues.Core;
using static OrleansBroker.Tests.Queues.Workbench.TestMessages;

namespace OrleansBroker.Tests.Queues.Core;

public sealed class QueueEquivalenceTests
{
    private static readonly QueueDefinition Plain = new() { Id = new QueueId("/", "q"), Durable = true };

    [Fact]
    public void A_queue_is_like_itself_and_integers_are_compared_by_value() => QueueEquivalence.Check(
        Plain with { Arguments = Table(("x-expires", 5), ("x-mine", 1), ("x-queue-type", "classic")) },
        Plain with { Arguments = Table(("x-mine", 2), ("x-expires", 5L), ("x-queue-type", "quorum")) });

    [Fact]
    public void Another_durability_is_named() => AssertUnlike(
        "inequivalent arg 'durable' for queue 'q' in vhost '/': received 'false' but current is 'true'", Plain, Plain with { Durable = false });

    [Fact]
    public void Another_auto_delete_is_named() => AssertUnlike(
        "inequivalent arg 'auto_delete' for queue 'q' in vhost '/': received 'true' but current is 'false'", Plain, Plain with { AutoDelete = true });

    [Fact]
    public void An_argument_that_is_new_or_missing_or_another_is_named()
    {
        var ttl = Plain with { Arguments = Table(("x-message-ttl", 1000)) };
        AssertUnlike(
            "inequivalent arg 'x-message-ttl' for queue 'q' in vhost '/': received none but current is the value '1000' of type 'signedint'", ttl, Plain);
        AssertUnlike(
            "inequivalent arg 'x-message-ttl' for queue 'q' in vhost '/': received the value '1000' of type 'signedint' but current is none", Plain, ttl);
        AssertUnlike(
            "inequivalent arg 'x-message-ttl' for queue 'q' in vhost '/': received '2000' but current is '1000'",
            ttl,
            Plain with { Arguments = Table(("x-message-ttl", 2000L)) });
    }

    [Fact]
    public void An_exclusive_queue_is_its_owners()
    {
        var owner = new ConnectionOwner(Guid.NewGuid(), "silo");
        var owned = Plain with { ExclusiveOwner = owner };
        QueueEquivalence.Check(owned, owned);
        QueueEquivalence.CheckOwner(owned, owner.Connection);
        QueueEquivalence.CheckOwner(Plain, null);
        foreach (var refused in new Action[]
        {
            () => QueueEquivalence.Check(owned, Plain),
            () => QueueEquivalence.Check(Plain, owned),
            () => QueueEquivalence.Check(owned, Plain with { ExclusiveOwner = new ConnectionOwner(Guid.NewGuid(), "silo") }),
            () => QueueEquivalence.CheckOwner(owned, Guid.NewGuid()),
            () => QueueEquivalence.CheckOwner(owned, null),
        })
        {
            var refusal = Assert.Throws<BrokerException>(refused);
            Assert.Equal(ReplyCode.ResourceLocked, refusal.Code);
            Assert.StartsWith(
                "RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'q' in vhost '/'", refusal.Message, StringComparison.Ordinal);
        }
    }

    private static void AssertUnlike(string text, QueueDefinition existing, QueueDefinition declared)
    {
        var refusal = Assert.Throws<BrokerException>(() => QueueEquivalence.Check(existing, declared));
        Assert.Equal(ReplyCode.PreconditionFailed, refusal.Code);
        Assert.Equal($"PRECONDITION_FAILED - {text}", refusal.Message);
    }
}
