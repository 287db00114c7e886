using OrleansBroker.FaultLab.History;

namespace OrleansBroker.Tests.FaultLab;

/// <summary>Histories that look suspicious and are what was promised.</summary>
public class JudgeAcquitsTests
{
    private readonly HistoryScript _history = new HistoryScript().Start(10, prefetch: 3).Start(20);

    [Fact]
    public void A_message_that_was_returned_and_comes_again() =>
        AssertClean(_history.Publish(1, 2).Deliver(10, 1, 2).Return(10, 1).Redeliver(20, 1).Ack(20, 1).Ack(10, 2));

    [Fact]
    public void A_message_that_comes_again_before_its_client_knows_that_it_has_left() => AssertClean(
        _history.Publish(1)
            .Deliver(10, 1)
            .Add(new HistoryEvent { Kind = HistoryKind.ConsumerEnding, Consumer = 10, Queue = HistoryScript.Queue })
            .Redeliver(20, 1)
            .Ack(20, 1)
            .Drop(10));

    [Fact]
    public void A_mark_after_a_consumer_left_that_never_saw_the_message() =>
        AssertClean(_history.Publish(1).Leave(10).Redeliver(20, 1).Ack(20, 1));

    [Fact]
    public void An_ack_that_did_not_arrive_before_the_socket_was_cut() =>
        AssertClean(_history.Publish(1).Take(10, 1).Leave(10).Redeliver(20, 1).Ack(20, 1));

    [Fact]
    public void An_ack_that_a_crash_took_before_it_was_stored() =>
        AssertClean(_history.Publish(1).Take(10, 1).Applied(10, 1).Fault().Drop(10).EndFault().Redeliver(20, 1).Ack(20, 1));

    [Fact]
    public void An_ack_of_what_was_delivered_before_its_queue_moved() =>
        AssertClean(_history.Publish(1).Deliver(10, 1).Fault().EndFault().Ack(10, 1).Applied(10, 1).Redeliver(20, 1).Ack(20, 1));

    [Fact]
    public void An_unknown_publish_that_never_comes_and_one_that_does() =>
        AssertClean(_history.Send(1, 2).Fault().Outcome(HistoryKind.Unknown, 1, 2).EndFault().Take(10, 2));

    [Fact]
    public void An_unknown_publish_that_comes_after_one_that_was_sent_later() => AssertClean(
        _history.Send(1).Fault().Outcome(HistoryKind.Unknown, 1).Send(2).Outcome(HistoryKind.Confirmed, 2).EndFault().Take(10, 2).Take(10, 1));

    [Fact]
    public void A_refused_publish_that_comes_all_the_same() =>
        AssertClean(_history.Send(1).Outcome(HistoryKind.Refused, 1).Take(10, 1));

    [Fact]
    public void A_transient_message_that_went_with_its_silo()
    {
        var verdict = _history.SendTo(1, isTransient: true, "q").Confirm(1).Fault().EndFault().Judged();
        Assert.True(verdict.IsClean);
        Assert.Equal(1, verdict.TransientGone);
    }

    [Fact]
    public void A_return_from_a_queue_that_went_with_its_silo() =>
        AssertClean(_history.Fault().EndFault().SendTo(1, isTransient: true, "q").Outcome(HistoryKind.Returned, 1).Confirm(1));

    [Fact]
    public void A_message_for_nobody_that_is_returned() =>
        AssertClean(_history.SendTo(1, isTransient: false).Outcome(HistoryKind.Returned, 1).Confirm(1));

    [Fact]
    public void Two_consumers_that_see_the_order_crosswise() =>
        AssertClean(_history.Publish(1, 2).Take(20, 2).Take(10, 1));

    [Fact]
    public void A_returned_message_behind_later_ones() =>
        AssertClean(_history.Publish(1, 2).Deliver(10, 1).Return(10, 1).Take(10, 2).Redeliver(10, 1).Ack(10, 1));

    [Fact]
    public void A_consumer_that_gets_its_prefetch_anew_when_its_queue_opens_anew() => AssertClean(
        _history.Publish(1, 2, 3, 4).Deliver(10, 1, 2, 3).Fault().EndFault().Deliver(10, 4).Ack(10, 4).Redeliver(20, 1, 2, 3).Ack(20, 1, 2, 3));

    [Fact]
    public void What_waits_as_long_as_a_fault_lasts() =>
        AssertClean(_history.Send(1).Fault().Wait(300).EndFault().Wait(50).Confirm(1).Wait(5).Take(10, 1));

    [Fact]
    public void Two_publishers_that_mix() => AssertClean(
        _history.Publish(1)
            .Add(HistoryEvent.Of(HistoryKind.Publishing, new MessageName(2, 1)) with { Queue = HistoryScript.Queue })
            .Add(HistoryEvent.Of(HistoryKind.Confirmed, new MessageName(2, 1)) with { Tag = 1 })
            .Add(HistoryEvent.Of(HistoryKind.Delivered, new MessageName(2, 1)) with { Queue = HistoryScript.Queue, Consumer = 10 })
            .Add(HistoryEvent.Of(HistoryKind.Acking, new MessageName(2, 1)) with { Queue = HistoryScript.Queue, Consumer = 10 })
            .Take(10, 1));

    private static void AssertClean(HistoryScript history)
    {
        var verdict = history.Judged();
        Assert.True(verdict.IsClean, string.Join('\n', verdict.Violations));
    }
}
