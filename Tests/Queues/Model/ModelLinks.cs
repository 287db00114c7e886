using System.Globalization;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Queues.Core;
using OrleansBroker.Tests.Queues.Workbench;

namespace OrleansBroker.Tests.Queues.Model;

/// <summary>The publishers: links with one batch in flight each, which is sent again when its outcome is unknown.</summary>
internal sealed class ModelLinks(QueueModel model)
{
    private const int Links = 3;
    private const int MostLive = 120;
    private readonly Batch?[] _last = new Batch?[Links];

    private QueueWorkbench Bench => model.Bench;

    public void Enqueue(int a, int b, int c)
    {
        var link = a % Links;
        if (model.Live.Count > MostLive || (_last[link] is { } last && !IsAnswered(last)))
        {
            return;
        }

        var count = 1 + (b % 6);
        var drafts = Enumerable.Range(0, count).Select(i => Draft(b + (i * 7), c + (i * 13))).ToArray();
        _last[link] = new Batch((_last[link]?.Number ?? 0) + 1, drafts);
        Send(link);
    }

    /// <summary>A batch is sent again: it must not be there twice.</summary>
    public void Repeat(int a)
    {
        var link = a % Links;
        if (_last[link] is not { Forgotten: false } batch)
        {
            return;
        }

        var known = batch.Enqueued;
        if (!known)
        {
            Send(link);
            return;
        }

        var before = model.NextSequence;
        var outcome = Bench.EnqueueAs(link, batch.Number, [.. batch.Drafts.Select(d => d.Message(0))]);
        Assert.Equal(batch.Refused, outcome.Reply.Refused);
        Assert.Equal(IsAnswered(batch) ? 0 : batch.Write, outcome.Write);
        Assert.Equal(before, model.NextSequence);
    }

    /// <summary>Another owner took over; what it does not remember was never enqueued.</summary>
    public void Recovered(QueueState state)
    {
        for (var link = 0; link < Links; link++)
        {
            if (_last[link] is { } batch)
            {
                var kept = state.Links.FirstOrDefault(l => l.Link == link)?.Number ?? 0;
                // A batch that was answered is not sent again: whether the new owner knows it does not matter.
                batch.Enqueued = kept >= batch.Number;
                batch.Answered |= batch.Enqueued;
                if (!batch.Enqueued && batch.Answered)
                {
                    _last[link] = new Batch(batch.Number, []) { Enqueued = true, Answered = true, Forgotten = true };
                }

                batch.Write = 0;
            }
        }
    }

    /// <summary>Notes which batches were answered before an owner goes.</summary>
    public void NoteAnswers()
    {
        foreach (var batch in _last)
        {
            batch?.Answered |= IsAnswered(batch);
        }
    }

    private bool IsAnswered(Batch batch) => batch.Answered || (batch.Enqueued && (batch.Write == 0 || IsCommitted(batch.Write)));

    private bool IsCommitted(long write) => Bench.Commit is { } commit ? write < commit.Number : write <= Bench.LastWrite;

    private void Send(int link)
    {
        var batch = _last[link]!;
        // The body names the number that the queue gives the message; refused ones shift those behind them, so it is sent in two looks.
        var accepted = Expect(batch);
        var sequence = model.NextSequence;
        var messages = batch.Drafts.Select((d, i) => d.Message(accepted[i] ? sequence++ : 0)).ToArray();
        var outcome = Bench.EnqueueAs(link, batch.Number, messages);
        batch.Enqueued = true;
        batch.Refused = outcome.Reply.Refused;
        batch.Write = outcome.Write;
        Assert.Equal(
            Enumerable.Range(0, accepted.Length).Where(i => !accepted[i]), outcome.Reply.Refused ?? Enumerable.Empty<int>());
        for (var i = 0; i < messages.Length; i++)
        {
            if (accepted[i])
            {
                Add(batch.Drafts[i], messages[i], outcome.Write);
            }
            else
            {
                model.Drops[DropReason.MaxLength] = model.Drops.GetValueOrDefault(DropReason.MaxLength) + 1;
            }
        }
    }

    // What a full queue refuses: it counts what is ready or about to be, but for what consumers have asked for.
    private bool[] Expect(Batch batch)
    {
        var settings = model.Settings;
        var accepted = Enumerable.Repeat(true, batch.Drafts.Length).ToArray();
        if (settings.Overflow == OverflowMode.DropHead)
        {
            return accepted;
        }

        var census = Bench.Core.Census();
        var count = Bench.Core.ReadyCount + census.Arriving.Count;
        var bytes = model.Waiting.Sum(m => (long)m.Text.Length);
        var claim = model.Attached.Where(model.IsServed).Sum(c => Math.Max(0, c.Credit));
        var sequence = model.NextSequence;
        for (var i = 0; i < accepted.Length; i++)
        {
            var size = batch.Drafts[i].TextFor(sequence).Length;
            accepted[i] = count < claim || !(count - claim >= settings.MaxLength || bytes + size > settings.MaxLengthBytes);
            if (accepted[i])
            {
                (count, bytes, sequence) = (count + 1, bytes + size, sequence + 1);
            }
        }

        return accepted;
    }

    private void Add(Draft draft, BrokerMessage message, long write)
    {
        var ttl = draft.Ttl is { } own ? Math.Min(own, model.Settings.MessageTtl ?? long.MaxValue) : model.Settings.MessageTtl;
        var sequence = model.NextSequence++;
        model.Live.Add(sequence, new ModelMessage
        {
            Position = new((byte)Math.Min(draft.Priority, model.Settings.MaxPriority), sequence),
            Text = message.Text(),
            Durable = draft.Persistent && model.Settings.Durable,
            EnqueuedAt = Bench.Now,
            ExpiresAt = ttl is { } t ? Bench.Now + t : long.MaxValue,
            Write = write,
            Confirmed = write == 0,
        });
    }

    private static Draft Draft(int b, int c) => new(
        Persistent: b % 2 == 0,
        Ttl: c % 4 == 0 ? (c % 9 == 0 ? 0 : 50 * (c % 7)) : null,
        Priority: (byte)(c % 6),
        Text: $"m{b % 10}");

    private sealed class Batch(long number, Draft[] drafts)
    {
        public long Number { get; } = number;
        public Draft[] Drafts { get; } = drafts;
        public bool Enqueued { get; set; }
        public bool Answered { get; set; }
        public bool Forgotten { get; init; }
        public int[]? Refused { get; set; }
        public long Write { get; set; }
    }
}

/// <summary>What a publisher wants to say.</summary>
internal sealed record Draft(bool Persistent, long? Ttl, byte Priority, string Text)
{
    // Fixed width: the size does not tell which number it gets.
    public string TextFor(long sequence) => $"{sequence.ToString("D5", CultureInfo.InvariantCulture)}/{Text}";

    public BrokerMessage Message(long sequence) =>
        TestMessages.Message(
            TextFor(sequence), Persistent, Ttl?.ToString(CultureInfo.InvariantCulture), Priority > 0 ? Priority : null);
}
