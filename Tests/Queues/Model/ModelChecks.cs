using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Queues.Core;
using OrleansBroker.Tests.Queues.Workbench;

namespace OrleansBroker.Tests.Queues.Model;

/// <summary>Holds the core against the model: what was delivered, what left, and where every message is.</summary>
internal sealed class ModelChecks(QueueModel model)
{
    private readonly Dictionary<DropReason, long> _dropped = [];
    private readonly ModelPeeks _peeks = new(model);
    private HashSet<long>? _arriving;

    private QueueWorkbench Bench => model.Bench;

    /// <summary>Whether the command's effects were collected.</summary>
    public bool IsCollected => _arriving is not null;

    /// <summary>Notes what must not be delivered yet, before a command's effects are collected for the first time.</summary>
    public void Before() => _arriving ??= [.. Bench.Core.Census().Arriving.Select(p => p.Sequence)];

    /// <summary>What was noted holds no more.</summary>
    public void Forget() => _arriving = null;

    /// <summary>Takes over what came out of the core, and checks all of it.</summary>
    public void After()
    {
        model.EndDeferrals();
        var batches = Bench.Deliveries.ToList();
        Bench.Deliveries.Clear();
        var taken = batches.Where(b => !model.Consumers[b.Consumer].Getter).SelectMany(Deliver).ToList();
        CheckOrder(taken);
        CheckPriorities(batches);
        CheckPlaces();
        _peeks.Check();
        CheckDrops();
        CheckCancellations();
        CheckCredit();
        Forget();
    }

    /// <summary>When nothing is under way any more, whoever can take messages has them all.</summary>
    public void AtRest()
    {
        var census = Bench.Core.Census();
        Assert.Empty(census.Arriving);
        Assert.All(model.Live.Values, m => Assert.True(m.Confirmed));
        Assert.DoesNotContain(model.Waiting, m => m.IsDue(Bench.Now));
        if (model.Attached.Any(c => c.Credit > 0 && model.IsServed(c)))
        {
            Assert.Empty(model.Waiting);
        }
    }

    /// <summary>One delivery to one consumer; returns its messages.</summary>
    public IEnumerable<ModelMessage> Deliver(OutgoingDelivery delivery)
    {
        var consumer = model.Consumers[delivery.Consumer];
        var batch = delivery.Batch;
        Assert.Equal(consumer.Delivered + 1, batch.FirstDelivery);
        Assert.Equal(Bench.Core.Epoch, batch.Epoch);
        Assert.True(consumer.Getter || (consumer.Attached && !consumer.Busy && model.IsServed(consumer)), "delivered out of turn");
        consumer.Busy = !consumer.Getter;
        ModelMessage? previous = null;
        var taken = new List<ModelMessage>();
        for (var i = 0; i < batch.Messages.Count; i++)
        {
            var message = Take(batch.Messages.Messages.Span[i], batch.Redelivered?.Contains(i) == true);
            Assert.True(previous is null || previous.IsBefore(message), "out of order in one batch");
            previous = message;
            consumer.Delivered++;
            (message.Holder, message.Delivery) = (consumer.Id, consumer.Delivered);
            if (consumer.NoAck)
            {
                model.Leave(message);
            }

            taken.Add(message);
        }

        return taken;
    }

    /// <summary>Nothing that could have been delivered stands before what was.</summary>
    public void CheckOrder(IReadOnlyCollection<ModelMessage> taken)
    {
        if (taken.Count == 0)
        {
            return;
        }

        var last = taken.Aggregate((a, b) => a.IsBefore(b) ? b : a);
        foreach (var waiting in model.Waiting)
        {
            Assert.False(
                waiting.IsBefore(last) && !waiting.IsDue(Bench.Now) && !_arriving!.Contains(waiting.Position.Sequence),
                $"{waiting.Position} was overtaken by {last.Position}");
        }
    }

    private ModelMessage Take(Grains.Interfaces.Messages.BrokerMessage delivered, bool redelivered)
    {
        var sequence = long.Parse(delivered.Text().Split('/')[0], System.Globalization.CultureInfo.InvariantCulture);
        Assert.True(model.Live.TryGetValue(sequence, out var message), $"{delivered.Text()} is gone");
        Assert.Equal(message.Text, delivered.Text());
        Assert.Equal(Place.Waiting, message.Place);
        Assert.False(_arriving!.Contains(sequence), $"{message.Position} is not committed");
        Assert.True(message.IsImmediate || !message.IsDue(Bench.Now), $"{message.Position} had expired");
        Assert.DoesNotContain(model.Live.Values, m => m.Durable && m.Position.Sequence < sequence && !Bench.Store.Contains(m.Position));
        if (message.Durable)
        {
            Assert.True(Bench.Store.Contains(message.Position), "delivered before it is safe");
            Assert.True(Bench.Store.State.DeliveredUpTo >= sequence, "delivered before that is on record");
        }

        Assert.True(redelivered || !message.Delivered, $"{message.Position} lost its redelivered mark");
        Assert.True(!redelivered || message.Delivered || message.MayBeMarked, $"{message.Position} is marked without reason");
        Assert.Equal(redelivered ? message.DeliveryCount : null, (object?)(int?)(delivered.Headers()["x-delivery-count"] as long?));
        message.DeliveredBefore = message.Delivered;
        message.Delivered = true;
        message.HandedAt = Bench.Now;
        message.Place = Place.Unacked;
        return message;
    }

    private void CheckPriorities(List<OutgoingDelivery> batches)
    {
        foreach (var consumer in batches.Select(b => model.Consumers[b.Consumer]).Where(c => !c.Getter))
        {
            Assert.DoesNotContain(model.Attached, c => c.Priority > consumer.Priority && c.Credit > 0 && model.IsServed(c));
        }
    }

    private void CheckPlaces()
    {
        var census = Bench.Core.Census();
        CheckInMemory(census);
        AddPaged(census);
        var places = PlacesOf(census);
        foreach (var message in model.Waiting.ToList())
        {
            if (places.GetValueOrDefault(message.Position, Place.Gone) != Place.Waiting)
            {
                Explain(message, places);
            }
        }

        Assert.Equal(model.Live.Count, places.Count);
        foreach (var message in model.Live.Values)
        {
            Assert.True(places.GetValueOrDefault(message.Position, Place.Gone) == message.Place, $"{message.Position} is not {message.Place}");
        }

        Assert.Equal(census.Ready.Count, Bench.Core.ReadyCount);
        Assert.Equal(census.Ready.Sum(p => (long)model.Live[p.Sequence].Text.Length), Bench.Core.ReadyBytes);
        Assert.Equal(census.Unacked.Count, Bench.Core.UnackedCount);
    }

    private void CheckInMemory(QueueCensus census)
    {
        foreach (var position in census.Ready)
        {
            Assert.True(
                model.Live.TryGetValue(position.Sequence, out var message) && (message.IsImmediate || !message.IsDue(Bench.Now)),
                $"{position} has expired or is gone, and is in memory");
        }
    }

    private void AddPaged(QueueCensus census)
    {
        foreach (var stored in census.Paged.SelectMany(range => Bench.Store.Read(range, int.MaxValue)))
        {
            if (!census.TakenFromTail.Contains(stored.Position.Sequence))
            {
                census.PagedCount--;
                census.Ready.Add(stored.Position);
            }
        }

        Assert.Equal(0, census.PagedCount);
    }

    private static Dictionary<MessagePosition, Place> PlacesOf(QueueCensus census)
    {
        var places = new Dictionary<MessagePosition, Place>();
        Put(census.Arriving, Place.Waiting);
        Put(census.Ready, Place.Waiting);
        Put(census.Unacked, Place.Unacked);
        Put(census.Deferred, Place.Deferred);
        Put(census.DeadLettering, Place.DeadLettering);
        return places;

        void Put(List<MessagePosition> positions, Place place)
        {
            foreach (var position in positions)
            {
                Assert.True(places.TryAdd(position, place), $"{position} is in two places");
            }
        }
    }

    // The core let go of a message of its own accord: it must have expired, or have been first in a queue that was too long.
    private void Explain(ModelMessage message, Dictionary<MessagePosition, Place> places)
    {
        Assert.Equal(model.DeadLetters, places.GetValueOrDefault(message.Position, Place.Gone) == Place.DeadLettering);
        if (message.IsDue(Bench.Now))
        {
            model.Die(message, DropReason.Expired);
            return;
        }

        var settings = model.Settings;
        Assert.True(
            settings.Overflow == OverflowMode.DropHead && (settings.MaxLength is not null || settings.MaxLengthBytes is not null),
            $"{message.Position} is lost");
        Assert.DoesNotContain(
            model.Waiting,
            m => m.IsBefore(message) && !m.IsDue(Bench.Now) && places.GetValueOrDefault(m.Position, Place.Gone) == Place.Waiting
                && !_arriving!.Contains(m.Position.Sequence));
        model.Die(message, DropReason.MaxLength);
    }

    private void CheckDrops()
    {
        foreach (var drop in Bench.Drops)
        {
            Assert.NotEqual(DropReason.Missing, drop.Reason);
            _dropped[drop.Reason] = _dropped.GetValueOrDefault(drop.Reason) + drop.Count;
        }

        Bench.Drops.Clear();
        Assert.Equal(Comparable(model.Drops), Comparable(_dropped));
    }

    // What has expired and is first in a queue that is too long may be counted as either.
    private List<KeyValuePair<DropReason, long>> Comparable(Dictionary<DropReason, long> drops) =>
        [.. drops
            .GroupBy(d => d.Key == DropReason.MaxLength && model.Settings.Overflow == OverflowMode.DropHead ? DropReason.Expired : d.Key)
            .Select(g => KeyValuePair.Create(g.Key, g.Sum(d => d.Value)))
            .OrderBy(d => d.Key)];

    private void CheckCancellations()
    {
        Assert.All(Bench.Cancellations, c => Assert.Equal(CancelReason.LeaseLapsed, c.Reason));
        Bench.Cancellations.Clear();
    }

    private void CheckCredit()
    {
        foreach (var consumer in model.Attached)
        {
            Assert.True(consumer.Delivered <= consumer.Granted, $"{consumer.Id} got more than it asked for");
            Assert.True(model.HeldBy(consumer.Id).Count() <= consumer.Granted);
        }

        Assert.Equal(model.Attached.Count(), Bench.Core.ConsumerCount);
    }
}
