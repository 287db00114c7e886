using Microsoft.Extensions.Time.Testing;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Publishing;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Publishing;

namespace OrleansBroker.Tests.Publishing;

public sealed class LinkTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedTarget _target = new();
    private readonly PublishingOptions _options = new() { BatchMessages = 4, LinkBytes = 8_192 };

    [Fact]
    public async Task What_is_published_while_a_call_is_under_way_goes_with_the_next_in_order()
    {
        var link = NewLink();
        var completions = new List<PublishCompletion>();
        completions.Add(Add(link, "a"));
        var first = await _target.NextAsync();
        completions.Add(Add(link, "b"));
        completions.Add(Add(link, "c", "d"));
        first.Answer(EnqueueReply.Accepted);
        var second = await _target.NextAsync();
        second.Answer(EnqueueReply.Accepted);

        Assert.Equal(["a"], first.Keys);
        Assert.Equal(["b", "c", "d"], second.Keys);
        Assert.Equal((1, 2), (first.Batch.Number, second.Batch.Number));
        Assert.All(await Task.WhenAll(completions.Select(c => c.Task)), result => Assert.Empty(result.Exceptions));
    }

    [Fact]
    public async Task A_batch_carries_no_more_than_its_bound()
    {
        var link = NewLink();
        Add(link, "a");
        var first = await _target.NextAsync();
        foreach (var key in new[] { "b", "c", "d", "e", "f" })
        {
            Add(link, key);
        }

        first.Answer(EnqueueReply.Accepted);
        var second = await _target.NextAsync();
        second.Answer(EnqueueReply.Accepted);
        Assert.Equal(["b", "c", "d", "e"], second.Keys);
        Assert.Equal(["f"], (await _target.NextAsync()).Keys);
    }

    [Fact]
    public async Task A_batch_without_an_answer_is_sent_again_under_its_number_before_any_later_one()
    {
        var link = NewLink();
        var unanswered = Add(link, "a");
        var first = await _target.NextAsync();
        Add(link, "b");
        first.Answer(null);
        var again = await NextAfterPauseAsync();
        again.Answer(EnqueueReply.Accepted);
        var later = await _target.NextAsync();
        later.Answer(EnqueueReply.Accepted);

        Assert.Equal((first.Batch.Link, first.Batch.Number), (again.Batch.Link, again.Batch.Number));
        Assert.Same(first.Batch.Messages, again.Batch.Messages);
        Assert.Equal((false, true), (first.Batch.IsRepeated, again.Batch.IsRepeated));
        Assert.Equal(2, later.Batch.Number);
        Assert.Empty((await unanswered.Task).Exceptions);
    }

    [Fact]
    public async Task A_batch_that_gets_no_answer_for_long_is_unknown_and_the_link_goes_on()
    {
        var link = NewLink();
        var completion = Add(link, "a", "b");
        (await _target.NextAsync()).Answer(null);
        while (!completion.Task.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
            while (_target.TryNext(out var call))
            {
                call.Answer(null);
            }
        }

        Assert.Equal([new(0, PublishOutcome.Unknown), new(1, PublishOutcome.Unknown)], (await completion.Task).Exceptions);
        Add(link, "c");
        Assert.Equal(["c"], (await _target.NextAsync()).Keys);
    }

    [Fact]
    public async Task A_refused_message_is_told_to_the_batch_it_came_with()
    {
        var link = NewLink();
        Add(link, "a");
        var first = await _target.NextAsync();
        var (one, two) = (Add(link, "b", "c"), Add(link, "d"));
        first.Answer(EnqueueReply.Accepted);
        (await _target.NextAsync()).Answer(new EnqueueReply { Refused = [1, 2] });

        Assert.Equal([new(1, PublishOutcome.Refused)], (await one.Task).Exceptions);
        Assert.Equal([new(0, PublishOutcome.Refused)], (await two.Task).Exceptions);
    }

    [Fact]
    public async Task A_link_to_a_queue_that_does_not_exist_closes()
    {
        var link = NewLink();
        var completion = Add(link, "a");
        (await _target.NextAsync()).Answer(EnqueueReply.Missing);
        Assert.Equal([new(0, PublishOutcome.Unroutable)], (await completion.Task).Exceptions);

        // No time passes, so it is not for being idle that it closes.
        Assert.True(SpinWait.SpinUntil(link.TryCloseIdle, TimeSpan.FromSeconds(10)));
        Assert.False(TryAdd(link, new PublishCompletion(1), out _, "b"));
    }

    [Fact]
    public async Task A_publisher_waits_while_more_waits_in_the_link_than_its_bound()
    {
        var link = NewLink();
        Add(link, "a");
        var first = await _target.NextAsync();
        Task? room = null;
        for (var i = 0; i < 20 && room is null; i++)
        {
            Assert.True(TryAdd(link, new PublishCompletion(1), out room, "b"));
        }

        Assert.NotNull(room);
        Assert.False(room.IsCompleted);
        first.Answer(EnqueueReply.Accepted);
        while (!room.IsCompleted)
        {
            (await _target.NextAsync()).Answer(EnqueueReply.Accepted);
        }
    }

    private Link NewLink() => new(_target, _options, SiloAddress.Zero, _time);

    private async Task<ScriptedTarget.Call> NextAfterPauseAsync()
    {
        var next = _target.NextAsync();
        while (!next.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Yield();
        }

        return await next;
    }

    private static PublishCompletion Add(Link link, params string[] keys)
    {
        var completion = new PublishCompletion(keys.Length);
        Assert.True(TryAdd(link, completion, out _, keys));
        completion.Done();
        return completion;
    }

    private static bool TryAdd(Link link, PublishCompletion completion, out Task? room, params string[] keys) => link.TryAdd(
        keys.Select(key => new BrokerMessage("", key, ReadOnlyMemory<byte>.Empty, new byte[1_000])).ToArray(), 1_000 * keys.Length, 0, completion, out room);
}
