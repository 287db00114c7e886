using OrleansBroker.Tests.Queues.Workbench;

namespace OrleansBroker.Tests.Queues.Model;

/// <summary>The ends of an owner: by a crash, or cleanly; and what the next one must find.</summary>
internal sealed class ModelOwners(QueueModel model, ModelLinks links)
{
    private QueueWorkbench Bench => model.Bench;

    /// <summary>What was confirmed and not settled is there; what was settled may come back, marked; nothing else is.</summary>
    public void Crash(bool commitDone)
    {
        links.NoteAnswers();
        var safe = model.Live.Values.Where(m => m is { Confirmed: true, Durable: true } && IsKept(m, commitDone)).ToList();
        Bench.Crash(commitDone);
        Assert.All(safe, m => Assert.True(Bench.Store.Contains(m.Position), $"{m.Position} was confirmed and is lost"));
        Recover(crashed: true);
    }

    /// <summary>Everything is there, with its marks and counts.</summary>
    public void Release()
    {
        var live = model.Live.Values.ToList();
        Bench.Release();
        Assert.Equal(live.Select(m => m.Position).ToHashSet(), Bench.Store.Messages.Select(m => m.Position).ToHashSet());
        links.NoteAnswers();
        Recover(crashed: false);
    }

    // A removal in the write under way may be committed or not; the model has it gone in both cases, so what it holds live was not removed.
    private static bool IsKept(ModelMessage message, bool commitDone) => message.Place != Place.Gone || !commitDone;

    private void Recover(bool crashed)
    {
        var known = model.Live.Values.Concat(model.Gone.Values).ToDictionary(m => m.Position.Sequence);
        model.Live.Clear();
        model.Gone.Clear();
        model.Consumers.Clear();
        model.Active = null;
        foreach (var stored in Bench.Store.Messages)
        {
            var message = known[stored.Position.Sequence];
            Assert.Equal(message.Text, stored.Message.Text());
            Assert.True(stored.DeliveryCount <= message.DeliveryCount);
            Assert.True(crashed || stored.DeliveryCount == message.DeliveryCount);
            Assert.Equal(message.ExpiresAt == long.MaxValue ? null : message.ExpiresAt, stored.ExpiresAt);
            model.Live.Add(stored.Position.Sequence, new ModelMessage
            {
                Position = message.Position,
                Text = message.Text,
                Durable = message.Durable,
                EnqueuedAt = message.EnqueuedAt,
                ExpiresAt = message.ExpiresAt,
                Write = 0,
                Confirmed = true,
                Delivered = message.Delivered,
                MayBeMarked = message.MayBeMarked || crashed,
                DeliveryCount = stored.DeliveryCount,
            });
        }

        model.NextSequence = Bench.Store.State.NextSequence;
        links.Recovered(Bench.Store.State);
        Bench.Deliveries.Clear();
    }
}
