using OrleansBroker.FaultLab.History;
using OrleansBroker.FaultLab.Judging;

namespace OrleansBroker.Tests.FaultLab;

/// <summary>A judge that cannot condemn proves nothing: each way to break one's word is found, and only that one.</summary>
public class JudgeConvictsTests
{
    private readonly HistoryScript _history = new HistoryScript().Start(10, prefetch: 5).Start(20);

    [Fact]
    public void Of_a_confirmed_message_that_never_comes() =>
        AssertOnly(ViolationKind.Lost, _history.Publish(1, 2).Take(10, 1));

    [Fact]
    public void Of_a_confirmed_message_that_came_in_one_of_its_queues_only() =>
        AssertOnly(ViolationKind.Lost, _history.SendTo(1, isTransient: false, "q", "other").Confirm(1).Take(10, 1));

    [Fact]
    public void Of_a_returned_message_that_does_not_come_again() =>
        AssertOnly(ViolationKind.Lost, _history.Publish(1).Deliver(10, 1).Return(10, 1));

    [Fact]
    public void Of_a_message_whose_consumer_left_and_that_does_not_come_again() =>
        AssertOnly(ViolationKind.Lost, _history.Publish(1).Deliver(10, 1).Leave(10));

    [Fact]
    public void Of_a_durable_message_that_a_crash_took() =>
        AssertOnly(ViolationKind.Lost, _history.Publish(1).Fault().EndFault());

    [Fact]
    public void Of_a_transient_message_that_no_crash_took() =>
        AssertOnly(ViolationKind.Lost, _history.SendTo(1, isTransient: true, "q").Confirm(1).Fault("rolling", losesMemory: false).EndFault("rolling"));

    [Fact]
    public void Of_a_message_that_was_never_sent() =>
        AssertOnly(ViolationKind.Unexpected, _history.Publish(1).Take(10, 1).Deliver(10, 2));

    [Fact]
    public void Of_a_message_in_another_queue() =>
        AssertOnly(ViolationKind.Unexpected, _history.Publish(1).Take(10, 1).DeliverFrom("other", 20, 1));

    [Fact]
    public void Of_a_body_that_is_not_what_was_sent() => AssertOnly(
        ViolationKind.Unexpected,
        _history.Publish(1).Take(10, 1).Add(new HistoryEvent
        {
            Kind = HistoryKind.Delivered,
            Publisher = 1,
            Number = 1,
            Consumer = 10,
            Queue = "q",
            Text = "a body of 3 octets",
        }));

    [Fact]
    public void Of_a_delivery_after_an_ack_that_was_applied() =>
        AssertOnly(ViolationKind.Resurrected, _history.Publish(1).Take(10, 1).Applied(10, 1).Leave(10).Redeliver(20, 1));

    [Fact]
    public void Of_a_delivery_after_a_crash_where_the_ack_was_stored_before_it() => AssertOnly(
        ViolationKind.Resurrected,
        _history.Publish(1).Take(10, 1).Applied(10, 1).Publish(2).Take(10, 2).Wait(1).Fault().EndFault().Start(30).Redeliver(30, 1));

    [Fact]
    public void Of_a_second_delivery_without_the_mark() =>
        AssertOnly(ViolationKind.Duplicated, _history.Publish(1).Take(10, 1).Take(20, 1));

    [Fact]
    public void Of_a_returned_message_that_comes_without_the_mark() =>
        AssertOnly(ViolationKind.Duplicated, _history.Publish(1).Deliver(10, 1).Leave(10).Redeliver(20, 1).Return(20, 1).Take(20, 1));

    [Fact]
    public void Of_a_second_delivery_without_a_reason() =>
        AssertOnly(ViolationKind.Duplicated, _history.Publish(1).Take(10, 1).Redeliver(20, 1));

    [Fact]
    public void Of_a_second_delivery_long_after_a_fault() =>
        AssertOnly(ViolationKind.Duplicated, _history.Fault().EndFault().Wait(30).Publish(1).Take(10, 1).Redeliver(20, 1));

    [Fact]
    public void Of_a_mark_without_a_reason() =>
        AssertOnly(ViolationKind.Duplicated, _history.Publish(1).Redeliver(10, 1).Ack(10, 1));

    [Fact]
    public void Of_an_unknown_publish_that_was_stored_twice() =>
        AssertOnly(ViolationKind.Duplicated, _history.Send(1).Fault().Outcome(HistoryKind.Unknown, 1).EndFault().Take(10, 1).Take(10, 1));

    [Fact]
    public void Of_disorder_in_one_consumer() =>
        AssertOnly(ViolationKind.OutOfOrder, _history.Publish(1, 2).Take(10, 2).Take(10, 1));

    [Fact]
    public void Of_disorder_in_one_consumer_during_a_fault() =>
        AssertOnly(ViolationKind.OutOfOrder, _history.Publish(1, 2).Fault().Take(10, 2).Take(10, 1).EndFault());

    [Fact]
    public void Of_a_first_delivery_to_a_consumer_that_started_after_a_later_message_had_come() =>
        AssertOnly(ViolationKind.OutOfOrder, _history.Publish(1, 2).Take(10, 2).Start(30).Take(30, 1));

    [Fact]
    public void Of_more_than_the_prefetch() =>
        AssertOnly(ViolationKind.OverPrefetch, _history.Publish(1, 2, 3, 4, 5, 6).Deliver(10, 1, 2, 3, 4, 5, 6).Ack(10, 1, 2, 3, 4, 5, 6));

    [Fact]
    public void Of_more_than_the_prefetch_after_a_fault_that_returned_nothing() => AssertOnly(
        ViolationKind.OverPrefetch,
        _history.Publish(1, 2, 3, 4, 5, 6).Deliver(10, 1, 2, 3).Fault().EndFault().Deliver(10, 4, 5, 6).Ack(10, 1, 2, 3, 4, 5, 6));

    [Fact]
    public void Of_a_publish_without_an_outcome() =>
        AssertOnly(ViolationKind.Stuck, _history.Send(1).Take(10, 1));

    [Theory]
    [InlineData(HistoryKind.Confirmed)]
    [InlineData(HistoryKind.Unknown)]
    public void Of_an_outcome_that_took_a_minute_after_all_faults(HistoryKind outcome) =>
        AssertOnly(ViolationKind.Stuck, _history.Send(1).Fault().Wait(30).EndFault().Wait(61).Outcome(outcome, 1).Take(10, 1));

    [Fact]
    public void Of_a_delivery_that_took_a_minute() =>
        AssertOnly(ViolationKind.Stuck, _history.Publish(1).Wait(61).Take(10, 1));

    [Fact]
    public void Of_queues_that_could_not_be_emptied()
    {
        var verdict = Judge.Decide(_history.Publish(1).Add(new HistoryEvent { Kind = HistoryKind.NotDrained, Text = "q has 1 ready" }).Events);
        Assert.Equal(ViolationKind.Stuck, Assert.Single(verdict.Violations).Kind);
    }

    [Fact]
    public void Of_a_history_without_an_end()
    {
        var verdict = Judge.Decide(_history.Publish(1).Take(10, 1).Events);
        Assert.Equal(ViolationKind.Stuck, Assert.Single(verdict.Violations).Kind);
    }

    [Fact]
    public void Of_a_confirm_that_comes_twice() =>
        AssertOnly(ViolationKind.WrongConfirm, _history.Publish(1).Confirm(1).Take(10, 1));

    [Fact]
    public void Of_a_confirm_of_nothing() =>
        AssertOnly(ViolationKind.WrongConfirm, _history.Confirm(1));

    [Fact]
    public void Of_confirms_that_go_back() =>
        AssertOnly(ViolationKind.WrongConfirm, _history.Send(1, 2).Confirm(2).Confirm(1).Take(10, 1, 2));

    [Fact]
    public void Of_a_message_for_nobody_that_is_not_returned() =>
        AssertOnly(ViolationKind.Misrouted, _history.SendTo(1, isTransient: false).Confirm(1));

    [Fact]
    public void Of_a_message_that_is_returned_though_its_queue_is_there() =>
        AssertOnly(ViolationKind.Misrouted, _history.Send(1).Outcome(HistoryKind.Returned, 1).Confirm(1));

    [Fact]
    public void And_shows_what_happened_to_the_message()
    {
        var violation = Assert.Single(_history.Publish(1, 2).Take(10, 1).Fault().Judged().Violations);
        Assert.Equal(
            [HistoryKind.Publishing, HistoryKind.Confirmed, HistoryKind.FaultBegan],
            violation.Evidence.Select(happened => happened.Kind));
    }

    private static void AssertOnly(ViolationKind kind, HistoryScript history)
    {
        var verdict = history.Judged();
        Assert.Equal([kind], verdict.Violations.Select(violation => violation.Kind));
        Assert.False(verdict.IsClean);
    }
}
