using System.Text;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Stores;

namespace OrleansBroker.Tests.Storage;

/// <summary>What every queue store promises of messages: their order, marks, expiry and removal.</summary>
public abstract class QueueMessagesContract : QueueStoreFixture
{
    [Fact]
    public async Task A_message_comes_back_octet_for_octet()
    {
        var epoch = (await AcquireAsync()).Epoch;
        var stored = Samples.Message(1) with
        {
            Message = new BrokerMessage("ausgänge", "schlüssel.€.🐇", new byte[] { 0x10, 0x00, 2 }, "body"u8.ToArray()),
            EnqueuedAt = 1_700_000_000_123,
            ExpiresAt = 1_700_000_060_123,
            DeliveryCount = 3,
            Redelivered = true,
        };
        await CommitAsync(epoch, stored);

        var read = Assert.Single(await ReadAsync());

        Assert.Equal(stored with { Message = read.Message }, read);
        Assert.Equal(stored.Message.Exchange, read.Message.Exchange);
        Assert.Equal(stored.Message.RoutingKey, read.Message.RoutingKey);
        Assert.Equal(stored.Message.Properties.ToArray(), read.Message.Properties.ToArray());
        Assert.Equal(stored.Message.Body.ToArray(), read.Message.Body.ToArray());
        Assert.Equal(stored.Message.IsPersistent, read.Message.IsPersistent);
    }

    [Fact]
    public async Task An_empty_message_comes_back_and_text_changes_from_one_message_to_the_next()
    {
        var epoch = (await AcquireAsync()).Epoch;
        string[] keys = ["", "a", "a", "ä", "ab", "ä", ""];
        await CommitAsync(epoch, [.. keys.Select((key, i) =>
            Samples.Message(i + 1) with { Message = new BrokerMessage("", key, new byte[] { 0, 0 }, default) })]);

        Assert.Equal(keys, (await ReadAsync()).Select(message => message.Message.RoutingKey));
    }

    [Fact]
    public async Task The_store_keeps_no_reference_to_what_was_written()
    {
        var epoch = (await AcquireAsync()).Epoch;
        var body = "before"u8.ToArray();
        await CommitAsync(epoch, Samples.Message(1) with { Message = new BrokerMessage("", "q", new byte[] { 0, 0 }, body) });
        body.AsSpan().Fill((byte)'x');

        Assert.Equal("before", Encoding.UTF8.GetString((await ReadAsync())[0].Message.Body.Span));
    }

    [Fact]
    public async Task Messages_are_read_in_order_across_gaps_and_up_to_the_limit()
    {
        var epoch = (await AcquireAsync()).Epoch;
        await CommitAsync(epoch, [.. Enumerable.Range(1, 1000).Select(i => Samples.Message(i))]);
        await RemoveAsync(epoch, new MessageRange(0, 1, 300), new MessageRange(0, 302, 302), new MessageRange(0, 310, 900));

        Assert.Equal([301L, 303, 304], await SequencesAsync(limit: 3));
        Assert.Equal([303L, 304, 305], await SequencesAsync(302, 305));
        Assert.Equal([309L, 901, 902], await SequencesAsync(309, 902));
        Assert.Equal([1000L], await SequencesAsync(1000, long.MaxValue));
        Assert.Equal([301L], await SequencesAsync(0, 301));
        Assert.Empty(await SequencesAsync(310, 900));
        Assert.Empty(await SequencesAsync(400, 399));
        Assert.Empty(await SequencesAsync(limit: 0));
    }

    [Fact]
    public async Task Messages_that_come_late_stand_in_their_place()
    {
        var epoch = (await AcquireAsync()).Epoch;
        await CommitAsync(epoch, Samples.Message(500), Samples.Message(3), Samples.Message(700));
        await CommitAsync(epoch, Samples.Message(499), Samples.Message(1));

        Assert.Equal([1L, 3, 499, 500, 700], await SequencesAsync());
    }

    [Fact]
    public async Task Priorities_and_queues_do_not_mix()
    {
        var epoch = (await AcquireAsync()).Epoch;
        await CommitAsync(epoch, Samples.Message(1, priority: 0), Samples.Message(2, priority: 5), Samples.Message(3, priority: 255));
        var other = (await Store.AcquireAsync(Queue + 1, default)).Epoch;
        await Store.CommitAsync(Samples.Write(Queue + 1, other, Samples.Message(4, priority: 5)));
        await RemoveAsync(epoch, new MessageRange(0, 0, long.MaxValue));

        Assert.Empty(await SequencesAsync(priority: 0));
        Assert.Equal([2L], await SequencesAsync(priority: 5));
        Assert.Equal([3L], await SequencesAsync(priority: 255));
        Assert.Equal(4, Assert.Single(await Store.ReadAsync(Queue + 1, Samples.All(5), 10, default)).Position.Sequence);
    }

    [Fact]
    public async Task A_read_ends_after_some_four_mebibytes()
    {
        var epoch = (await AcquireAsync()).Epoch;
        await CommitAsync(epoch, [.. Enumerable.Range(1, 12).Select(i => Samples.Message(i, size: 1 << 20))]);

        var first = await ReadAsync();

        Assert.InRange(first.Count, 4, 5);
        Assert.Equal(first.Count + 1, (await SequencesAsync(first.Count + 1)).First());
    }

    [Fact]
    public async Task Removing_what_is_not_there_is_harmless()
    {
        var epoch = (await AcquireAsync()).Epoch;
        Assert.True(await RemoveAsync(epoch, new MessageRange(0, 1, 10), new MessageRange(3, 0, long.MaxValue), new MessageRange(0, 9, 8)));
        await CommitAsync(epoch, Samples.Message(5));

        Assert.True(await RemoveAsync(epoch, new MessageRange(0, 6, long.MaxValue), new MessageRange(0, -3, 4)));
        Assert.Equal([5L], await SequencesAsync());
    }

    [Fact]
    public async Task A_write_may_remove_what_it_adds()
    {
        var epoch = (await AcquireAsync()).Epoch;
        await Store.CommitAsync(Samples.Write(Queue, epoch, Samples.Message(1), Samples.Message(2)) with { Removed = [new MessageRange(0, 1, 1)] });

        Assert.Equal([2L], await SequencesAsync());
    }

    [Fact]
    public async Task A_long_range_is_removed_whole_and_only_it()
    {
        var epoch = (await AcquireAsync()).Epoch;
        await CommitAsync(epoch, [.. Enumerable.Range(1, 10_000).Select(i => Samples.Message(i, size: 10))]);
        await RemoveAsync(epoch, new MessageRange(0, 2, 9_998));

        Assert.Equal([1L, 9_999, 10_000], await SequencesAsync());
    }

    [Fact]
    public async Task A_requeued_message_bears_its_count_and_the_mark_of_redelivery()
    {
        var epoch = (await AcquireAsync()).Epoch;
        await CommitAsync(epoch, Samples.Message(1), Samples.Message(2), Samples.Message(3));
        await RequeueAsync(epoch, new RequeuedMessage(Samples.At(2), 1));
        await RequeueAsync(epoch, new RequeuedMessage(Samples.At(2), 2), new RequeuedMessage(Samples.At(3), 0));

        Assert.Equal(
            [(1L, 0, false), (2L, 2, true), (3L, 0, true)],
            (await ReadAsync()).Select(m => (m.Position.Sequence, m.DeliveryCount, m.Redelivered)));
    }

    [Fact]
    public async Task The_marks_of_a_removed_message_go_with_it()
    {
        var epoch = (await AcquireAsync()).Epoch;
        await CommitAsync(epoch, Samples.Message(1), Samples.Message(2));
        await RequeueAsync(epoch, new RequeuedMessage(Samples.At(1), 5));
        await RemoveAsync(epoch, new MessageRange(0, 1, 1));
        await CommitAsync(epoch, Samples.Message(1));

        Assert.Equal([(1L, 0, false), (2L, 0, false)], (await ReadAsync()).Select(m => (m.Position.Sequence, m.DeliveryCount, m.Redelivered)));
    }

    [Fact]
    public async Task Expiring_messages_are_found_earliest_first()
    {
        var epoch = (await AcquireAsync()).Epoch;
        await CommitAsync(
            epoch,
            Samples.Message(1) with { ExpiresAt = 3000 },
            Samples.Message(2),
            Samples.Message(3, priority: 4) with { ExpiresAt = 1000 },
            Samples.Message(4) with { ExpiresAt = 2000, Transient = true },
            Samples.Message(5) with { ExpiresAt = 2000 });

        Assert.Equal([3L, 4, 5, 1], await ExpiringAsync());
        Assert.Equal([3L, 4], await ExpiringAsync(limit: 2));
        Assert.Equal([3L, 4, 5, 1], await ExpiringAsync(new ExpiringMessage(Samples.At(3, 4), 1000)));
        Assert.Equal([4L, 5, 1], await ExpiringAsync(new ExpiringMessage(Samples.At(4, 4), 1000)));
        Assert.Equal([5L, 1], await ExpiringAsync(new ExpiringMessage(Samples.At(5), 2000)));
        Assert.Empty(await ExpiringAsync(new ExpiringMessage(default, 3001)));
        Assert.Equal(new ExpiringMessage(Samples.At(3, 4), 1000), (await Store.ReadExpiringAsync(Queue, default, 1, default))[0]);
    }

    [Fact]
    public async Task Messages_are_read_by_name_in_the_order_in_which_they_are_named()
    {
        var epoch = (await AcquireAsync()).Epoch;
        await CommitAsync(
            epoch,
            [.. Enumerable.Range(1, 9).Select(i => Samples.Message(i) with { ExpiresAt = 1000, Transient = i % 4 == 0 }),
                Samples.Message(20, priority: 4) with { ExpiresAt = 500 }]);
        await RequeueAsync(epoch, new RequeuedMessage(Samples.At(8), 3));
        await RemoveAsync(epoch, new MessageRange(0, 6, 6));
        ExpiringMessage[] named = [.. new[] { Samples.At(20, 4), Samples.At(9), Samples.At(2), Samples.At(3), Samples.At(4), Samples.At(6), Samples.At(7), Samples.At(8), Samples.At(1), Samples.At(99) }
            .Select(position => new ExpiringMessage(position, 1000))];
        var read = await Store.ReadAsync(Queue, named, default);

        Assert.Equal([20L, 9, 2, 3, 4, 7, 8, 1], read.Select(m => m.Position.Sequence));
        Assert.Equal([false, false, false, false, true, false, true, false], read.Select(m => m.Transient));
        Assert.Equal([3], read.Where(m => m.Redelivered).Select(m => m.DeliveryCount));
        Assert.Empty(await Store.ReadAsync(Queue, Array.Empty<ExpiringMessage>(), default));
        Assert.Empty(await Store.ReadAsync(Queue + 1, named, default));
    }

    [Fact]
    public async Task A_read_by_name_stops_where_it_becomes_long()
    {
        var epoch = (await AcquireAsync()).Epoch;
        await CommitAsync(epoch, [.. Enumerable.Range(1, 9).Select(i => Samples.Message(i, size: 1 << 20) with { ExpiresAt = 1000 })]);
        var named = Enumerable.Range(1, 9).Reverse().Select(i => new ExpiringMessage(Samples.At(i), 1000)).ToArray();

        var read = await Store.ReadAsync(Queue, named, default);
        Assert.InRange(read.Count, 4, 5);
        Assert.Equal(named.Take(read.Count).Select(n => n.Position), read.Select(m => m.Position));
    }

    [Fact]
    public async Task A_message_that_was_removed_by_name_does_not_expire_any_more()
    {
        var epoch = (await AcquireAsync()).Epoch;
        await CommitAsync(epoch, [.. Enumerable.Range(1, 5).Select(i => Samples.Message(i) with { ExpiresAt = 100 + i })]);
        await Store.CommitAsync(Samples.Write(Queue, epoch) with
        {
            Removed = [new MessageRange(0, 2, 3)],
            RemovedExpiring = [new ExpiringMessage(Samples.At(3), 103), new ExpiringMessage(Samples.At(2), 102)],
        });

        // What the index still named would be found again with messages at these places.
        await CommitAsync(epoch, Samples.Message(2), Samples.Message(3));
        Assert.Equal([1L, 4, 5], await ExpiringAsync());
    }

    [Fact]
    public async Task A_removed_message_no_longer_expires()
    {
        var epoch = (await AcquireAsync()).Epoch;
        await CommitAsync(epoch, [.. Enumerable.Range(1, 6000).Select(i => Samples.Message(i, size: 1) with { ExpiresAt = 10_000 - i })]);
        await RemoveAsync(epoch, new MessageRange(0, 5998, 5999));
        Assert.Equal([6000L, 5997], await ExpiringAsync(limit: 2));

        await RemoveAsync(epoch, new MessageRange(0, 4, long.MaxValue));
        Assert.Equal([3L, 2, 1], await ExpiringAsync());
        Assert.Equal([3L, 2, 1], await ExpiringAsync());
        await Store.CommitAsync(Samples.Write(Queue, epoch, Samples.Message(7000) with { ExpiresAt = 1 }) with { Removed = [new MessageRange(0, 7000, 7000)] });
        Assert.Equal([3L, 2, 1], await ExpiringAsync());
    }

    [Fact]
    public async Task Transient_messages_stand_among_the_others()
    {
        var epoch = (await AcquireAsync()).Epoch;
        await CommitAsync(epoch, Samples.Message(1), Samples.Message(2) with { Transient = true }, Samples.Message(3), Samples.Message(4) with { Transient = true });
        await RequeueAsync(epoch, new RequeuedMessage(Samples.At(4), 1));
        await RemoveAsync(epoch, new MessageRange(0, 3, 3));

        Assert.Equal([(1L, false, 0), (2L, true, 0), (4L, true, 1)], (await ReadAsync()).Select(m => (m.Position.Sequence, m.Transient, m.DeliveryCount)));
        await RemoveAsync(epoch, new MessageRange(0, 2, 4));
        Assert.Equal([1L], await SequencesAsync());
    }
}
