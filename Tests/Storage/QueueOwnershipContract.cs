using OrleansBroker.Grains.Interfaces.Stores;

namespace OrleansBroker.Tests.Storage;

/// <summary>What every queue store promises of owners: epochs, states, deletion and the order of writes.</summary>
public abstract class QueueOwnershipContract : QueueStoreFixture
{
    [Fact]
    public async Task A_queue_that_was_never_seen_is_empty_at_epoch_one()
    {
        var acquired = await AcquireAsync();

        Assert.Equal(1, acquired.Epoch);
        Assert.Equal(1, acquired.State.NextSequence);
        Assert.Empty(acquired.State.Bands);
        Assert.Empty(acquired.State.Links);
        Assert.False(acquired.State.Released);
    }

    [Fact]
    public async Task A_state_is_read_without_taking_the_queue_over()
    {
        var epoch = (await AcquireAsync()).Epoch;
        Assert.True(await CommitAsync(epoch, Samples.Message(1)));

        var states = await Store.ReadStatesAsync([Queue + 1_000, Queue], CancellationToken.None);
        Assert.Equal([1L, 2L], states.Select(state => state.NextSequence));
        Assert.True(await CommitAsync(epoch, Samples.Message(2)));
    }

    [Fact]
    public async Task Each_acquisition_gives_a_higher_epoch()
    {
        for (var epoch = 1; epoch <= 3; epoch++)
        {
            Assert.Equal(epoch, (await AcquireAsync()).Epoch);
        }
    }

    [Fact]
    public async Task A_write_of_an_earlier_epoch_is_refused_and_changes_nothing()
    {
        var old = (await AcquireAsync()).Epoch;
        Assert.True(await CommitAsync(old, Samples.Message(1)));
        var current = (await AcquireAsync()).Epoch;

        Assert.False(await Store.CommitAsync(new QueueWrite
        {
            Incarnation = Queue,
            Epoch = old,
            Appended = [Samples.Message(2)],
            Removed = [new MessageRange(0, 1, 1)],
            State = new QueueState { NextSequence = 99 },
        }));

        Assert.Equal([1L], await SequencesAsync());
        Assert.Equal(2, (await AcquireAsync()).State.NextSequence);
        Assert.False(await CommitAsync(current, Samples.Message(3)));
    }

    [Fact]
    public async Task A_queue_that_nobody_acquired_refuses_writes()
    {
        Assert.False(await CommitAsync(0, Samples.Message(1)));
        Assert.False(await CommitAsync(1, Samples.Message(1)));
    }

    [Fact]
    public async Task A_write_that_races_with_an_acquisition_is_either_in_its_state_or_refused()
    {
        var epoch = (await AcquireAsync()).Epoch;
        for (var round = 1; round <= 50; round++)
        {
            var commit = CommitAsync(epoch, Samples.Message(round));
            var acquired = await AcquireAsync();

            Assert.Equal(await commit ? round + 1 : round, acquired.State.NextSequence);
            epoch = acquired.Epoch;
            Assert.True(await CommitAsync(epoch, Samples.Message(round)));
        }
    }

    [Fact]
    public async Task The_state_of_the_last_commit_comes_back_whole()
    {
        var epoch = (await AcquireAsync()).Epoch;
        var state = new QueueState
        {
            NextSequence = 12,
            DeliveredUpTo = 9,
            Released = true,
            Bands =
            [
                new StoredBand { Priority = 9, First = 3, Durable = 4, DurableBytes = 5, Transient = 6, TransientBytes = 7 },
                new StoredBand { Priority = 0, First = 1, Durable = 1, DurableBytes = 1, Transient = 0, TransientBytes = 0 },
            ],
            Links = [new LinkPosition(1, 2, null), new LinkPosition(3, 4, []), new LinkPosition(5, 6, [7, 8])],
        };
        await Store.CommitAsync(new QueueWrite { Incarnation = Queue, Epoch = epoch, State = state });

        var read = (await AcquireAsync()).State;

        Assert.Equal((12L, 9L, true), (read.NextSequence, read.DeliveredUpTo, read.Released));
        Assert.Equal(state.Bands, read.Bands);
        Assert.Equal(state.Links.Select(Text), read.Links.Select(Text));

        static string Text(LinkPosition link) =>
            $"{link.Link} {link.Number} {(link.Refused is null ? "none" : string.Join(',', link.Refused))}";
    }

    [Fact]
    public async Task An_owner_that_dies_before_it_commits_does_not_count_as_having_let_go()
    {
        var epoch = (await AcquireAsync()).Epoch;
        await Store.CommitAsync(new QueueWrite { Incarnation = Queue, Epoch = epoch, State = new QueueState { Released = true } });

        Assert.True((await AcquireAsync()).State.Released);
        Assert.False((await AcquireAsync()).State.Released);
    }

    [Fact]
    public async Task A_deleted_queue_is_gone_and_refuses_its_owner_for_good()
    {
        var epoch = (await AcquireAsync()).Epoch;
        await CommitAsync(epoch, Samples.Message(1) with { ExpiresAt = 5 }, Samples.Message(2) with { Transient = true });
        await Store.DeleteAsync(Queue, default);

        Assert.Empty(await ReadAsync());
        Assert.Empty(await ExpiringAsync());
        Assert.False(await CommitAsync(epoch, Samples.Message(3)));
        var late = await AcquireAsync();
        Assert.Equal(1, late.State.NextSequence);
        Assert.False(await CommitAsync(late.Epoch, Samples.Message(3)));
        await Store.DeleteAsync(Queue, default);
        Assert.Empty(await ReadAsync());
    }

    [Fact]
    public async Task Deleting_a_queue_leaves_its_neighbours()
    {
        foreach (var queue in new[] { Queue - 1, Queue, Queue + 1 })
        {
            var epoch = (await Store.AcquireAsync(queue, default)).Epoch;
            await Store.CommitAsync(Samples.Write(queue, epoch, Samples.Message(1), Samples.Message(2, priority: 255)));
        }

        await Store.DeleteAsync(Queue, default);

        Assert.Equal(1, Assert.Single(await Store.ReadAsync(Queue - 1, Samples.All(), 10, default)).Position.Sequence);
        Assert.Equal(2, Assert.Single(await Store.ReadAsync(Queue - 1, Samples.All(255), 10, default)).Position.Sequence);
        Assert.Single(await Store.ReadAsync(Queue + 1, Samples.All(), 10, default));
    }

    [Fact]
    public async Task Writes_of_one_queue_take_effect_in_the_order_of_the_calls()
    {
        var epoch = (await AcquireAsync()).Epoch;
        var commits = new List<Task<bool>>();
        for (var i = 1; i <= 500; i++)
        {
            commits.Add(Store.CommitAsync(Samples.Write(Queue, epoch, Samples.Message(i)) with { Sync = i % 7 == 0 }));
            commits.Add(RemoveAsync(epoch, new MessageRange(0, i - 1, i - 1)));
        }

        Assert.All(await Task.WhenAll(commits), Assert.True);
        Assert.Equal([500L], await SequencesAsync());
        Assert.Equal(500, (await AcquireAsync()).State.NextSequence);
    }

    [Fact]
    public async Task Many_queues_are_written_and_read_at_once()
    {
        const int Rounds = 40;
        await Parallel.ForAsync(100, 200, async (queue, _) =>
        {
            var epoch = (await Store.AcquireAsync(queue, default)).Epoch;
            for (var round = 0; round < Rounds; round++)
            {
                var first = (round * 10) + 1;
                StoredMessage[] messages = [.. Enumerable.Range(first, 10).Select(i => Samples.Message(i, size: 50, seed: queue))];
                Assert.True(await Store.CommitAsync(Samples.Write(queue, epoch, messages) with { Sync = round % 5 == 0 }));
                var read = await Store.ReadAsync(queue, Samples.All(), 100, default);
                Assert.Equal(messages.Select(m => m.Position), read.Select(m => m.Position));
                Assert.All(read, m => Assert.Equal(Samples.Body(m.Position.Sequence, 50, queue), m.Message.Body.ToArray()));
                Assert.True(await Store.CommitAsync(Samples.Write(queue, epoch) with { Removed = [new MessageRange(0, first, first + 9)] }));
            }
        });
    }
}
