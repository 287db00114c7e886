namespace OrleansBroker.Tests.Durability;

/// <summary>A judge that cannot condemn proves nothing: each made-up crime must be found, and nothing else.</summary>
public class HistoryJudgeTests
{
    private readonly History _history = new();

    [Fact]
    public void An_honest_history_is_acquitted()
    {
        Publish(1, 2, 3);
        Deliver(1);
        Deliver(2, fate: SettleFate.Returned);
        Deliver(2, redelivered: true);
        Deliver(3);
        Assert.Empty(HistoryJudge.Violations(_history));
    }

    [Fact]
    public void A_confirmed_message_that_never_comes_is_lost()
    {
        Publish(1, 2);
        Deliver(1);
        AssertOnly("lost: 0-2");
    }

    [Fact]
    public void A_confirmed_message_that_was_returned_and_never_comes_again_is_lost()
    {
        Publish(1);
        Deliver(1, fate: SettleFate.Returned);
        AssertOnly("lost: 0-1");
    }

    [Fact]
    public void A_message_that_was_acked_and_comes_again_is_not_lost()
    {
        Publish(1);
        Deliver(1);
        Deliver(1, round: 1, redelivered: true, fate: SettleFate.Returned);
        Assert.Empty(HistoryJudge.Violations(_history));
    }

    [Fact]
    public void A_message_without_a_confirm_may_be_missing()
    {
        _history.Publish(new MessageName(0, 1), PublishFate.Unknown);
        Assert.Empty(HistoryJudge.Violations(_history));
    }

    [Fact]
    public void A_message_that_nobody_published_is_unexpected()
    {
        Publish(1);
        Deliver(1);
        Deliver(7);
        AssertOnly("unexpected: 0-7");
    }

    [Fact]
    public void A_second_delivery_without_the_redelivered_mark_is_a_duplicate()
    {
        Publish(1);
        Deliver(1);
        Deliver(1, round: 1);
        AssertOnly("duplicate: 0-1");
    }

    [Fact]
    public void A_second_delivery_with_the_mark_is_none()
    {
        Publish(1);
        Deliver(1);
        Deliver(1, round: 1, redelivered: true);
        Assert.Empty(HistoryJudge.Violations(_history));
    }

    [Fact]
    public void Messages_of_one_session_out_of_their_order_are_found()
    {
        Publish(1, 2, 3);
        Deliver(1);
        Deliver(3);
        Deliver(2);
        AssertOnly("disorder: 0-2");
    }

    [Fact]
    public void A_message_that_was_overtaken_in_an_earlier_round_is_found()
    {
        Publish(1, 2);
        Deliver(2);
        Deliver(1, round: 1, session: 9);
        AssertOnly("disorder: 0-1");
    }

    [Fact]
    public void Sessions_side_by_side_have_no_order_among_them()
    {
        Publish(1, 2);
        Deliver(2, session: 1);
        Deliver(1, session: 2);
        Assert.Empty(HistoryJudge.Violations(_history));
    }

    [Fact]
    public void A_session_that_lasts_may_record_late_what_it_was_handed_in_the_round_before()
    {
        Publish(1, 2);
        Deliver(2, session: 1);
        Deliver(1, round: 1, session: 2, since: 0);
        Assert.Empty(HistoryJudge.Violations(_history));
    }

    [Fact]
    public void A_redelivered_message_may_come_late()
    {
        Publish(1, 2);
        Deliver(2);
        Deliver(1, redelivered: true);
        Assert.Empty(HistoryJudge.Violations(_history));
    }

    private void Publish(params long[] numbers)
    {
        foreach (var number in numbers)
        {
            _history.Publish(new MessageName(0, number), PublishFate.Confirmed);
        }
    }

    private void Deliver(long number, int round = 0, int session = 0, bool redelivered = false, SettleFate fate = SettleFate.Acked, int? since = null) =>
        _history.Deliver(new DeliveryRecord(round, session, since ?? round, new MessageName(0, number), redelivered, fate));

    private void AssertOnly(string crime) => Assert.StartsWith(crime, Assert.Single(HistoryJudge.Violations(_history)));
}
