using System.Globalization;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Queues.Core;
using OrleansBroker.Tests.Queues.Workbench;

namespace OrleansBroker.Tests.Queues.Model;

/// <summary>Runs a script against core and model at once, and checks after each command.</summary>
internal sealed class ModelRun
{
    private readonly QueueWorkbench _bench;
    private readonly QueueModel _model;
    private readonly ModelChecks _checks;
    private readonly ModelLinks _links;
    private readonly ModelOwners _owners;
    private long _lastConsumer;

    public ModelRun(QueueScript script)
    {
        _bench = new QueueWorkbench(script.Arguments, script.Durable, limits: script.Limits);
        _model = new QueueModel(_bench);
        _checks = new ModelChecks(_model);
        _links = new ModelLinks(_model);
        _owners = new ModelOwners(_model, _links);
        _bench.Collecting = _checks.Before;
    }

    public void Run(ScriptCommand command)
    {
        Apply(command);
        CollectOnce();
        _checks.After();
    }

    /// <summary>Lets everything end and looks whether it ended well.</summary>
    public void Finish()
    {
        for (var steps = 0; Advance(); steps++)
        {
            Assert.True(steps < 10_000, "the queue does not come to rest");
        }

        _checks.AtRest();
    }

    private void Apply(ScriptCommand command)
    {
        var (kind, a, b, c) = command;
        switch (kind)
        {
            case < 22: _links.Enqueue(a, b, c); break;
            case < 25: _links.Repeat(a); break;
            case < 30: Attach(a, b, c); break;
            case < 33: Detach(a, b); break;
            case < 42: Grant(a, b); break;
            case < 58: Settle(a, b, c); break;
            case < 62: Get(a, b); break;
            case < 63: Purge(); break;
            case < 67: PassTime(a % 200); break;
            case < 68: Lapse(a); break;
            case < 77: Commit(); break;
            case < 83: Page(b); break;
            case < 86: _bench.CompleteExpiring(early: b % 2 == 0); break;
            case < 93: DeliveryDone(a, b); break;
            case < 96: DeadLetterDone(b); break;
            case < 97: _owners.Crash(commitDone: b % 2 == 0); break;
            case < 98: _owners.Release(); break;
            default: Finish(); break;
        }
    }

    // A command that completes something has collected already; a second time would hide in which order things happened.
    private void CollectOnce()
    {
        if (!_checks.IsCollected)
        {
            _bench.Collect();
        }
    }

    // One step of what is under way; each is checked like a command.
    private bool Advance()
    {
        var busy = Commit() || Page(0) || _bench.CompleteExpiring() || DeliveryDone(0, 1) || DeadLetterDone(1) || PassDeferral();
        CollectOnce();
        _checks.After();
        return busy;
    }

    private bool Commit()
    {
        if (_bench.Commit is not { } commit)
        {
            return false;
        }

        _bench.CompleteCommit();
        foreach (var message in _model.Live.Values.Where(m => m.Write == commit.Number))
        {
            message.Confirmed = true;
        }

        return true;
    }

    private bool Page(int choice) => _bench.CompletePage(choice % 3 == 0 ? null : Trimmed(choice));

    // A store may return fewer than it was asked for.
    private List<Grains.Interfaces.Stores.StoredMessage>? Trimmed(int choice) =>
        _bench.Page is { } page ? _bench.ReadPage(page, Math.Max(1, Math.Min(page.Limit, choice % 5))) : null;

    private bool DeliveryDone(int a, int b)
    {
        if (_bench.Delivering.Count == 0)
        {
            return false;
        }

        var failed = b % 12 == 0;
        if (_model.Consumers.GetValueOrDefault(_bench.Delivering[0]) is { } consumer)
        {
            consumer.Busy = false;
            if (failed)
            {
                _model.Remove(consumer, requeue: true);
            }
        }

        return _bench.CompleteDelivery(failed);
    }

    private bool DeadLetterDone(int b)
    {
        if (_bench.DeadLetters.Count == 0)
        {
            // Those that failed are due again after a while.
            return b == 1 && _bench.Paused.Count > 0 && PassTime(1_100);
        }

        var stored = b % 4 != 0;
        var letter = _bench.DeadLetters[0];
        Assert.True(letter.Message.IsDeadLettered);
        var sequence = long.Parse(letter.Message.Text().Split('/')[0], CultureInfo.InvariantCulture);
        if (stored && sequence > 0)
        {
            Assert.Equal(Place.DeadLettering, _model.Live[sequence].Place);
            _model.Leave(_model.Live[sequence]);
        }

        return _bench.CompleteDeadLetter(stored);
    }

    // What is kept back comes back, when its time has come.
    private bool PassDeferral() => _bench.Core.NextDeadline() is { } next && _model.Live.Values.Any(m => m.Place == Place.Deferred)
        && PassTime(Math.Max(1, next - _bench.Now));

    private bool PassTime(long milliseconds)
    {
        _bench.Now += milliseconds;
        foreach (var consumer in _model.Consumers.Values.Where(c => c.LeaseUntil <= _bench.Now).ToList())
        {
            _model.Remove(consumer, requeue: true);
        }

        _model.EndTimeouts();
        _bench.Core.Tick(_bench.Now);
        return true;
    }

    private void Lapse(int a)
    {
        // Some hosts renew, others are gone.
        var renewed = _model.Consumers.Values.Where(c => (c.Id.Number + a) % 3 > 0).ToList();
        var until = _bench.Now + QueueWorkbench.Lease + 5_000;
        var unknown = _bench.Core.Renew(
            new RenewRequest { Host = Guid.Empty, Epoch = _bench.Core.Epoch, Consumers = [.. renewed.Select(c => c.Id.Number), 12_345] }, until);
        Assert.Equal([12_345], unknown);
        renewed.ForEach(c => c.LeaseUntil = until);
        PassTime(QueueWorkbench.Lease);
    }

    private void Attach(int a, int b, int c)
    {
        var consumer = new ModelConsumer
        {
            Id = QueueWorkbench.Consumer(++_lastConsumer),
            NoAck = b % 4 == 0,
            Exclusive = c % 10 == 0,
            Priority = (a % 3) - 1,
            Granted = a % 6,
            Attached = true,
            LeaseUntil = _bench.Now + QueueWorkbench.Lease,
        };
        var refused = consumer.Exclusive
            ? _model.Attached.Any() || _model.Settings.SingleActiveConsumer
            : _model.Attached.Any(x => x.Exclusive);
        try
        {
            _bench.Attach(consumer.Id.Number, consumer.Granted, consumer.NoAck, consumer.Exclusive, consumer.Priority);
            Assert.False(refused);
        }
        catch (BrokerException refusal)
        {
            Assert.True(refused);
            Assert.Equal(ReplyCode.AccessRefused, refusal.Code);
            return;
        }

        _model.Consumers.Add(consumer.Id, consumer);
        _model.Active ??= consumer;
        if (b % 5 == 0)
        {
            // The same attachment once more, its answer was lost.
            _bench.Attach(consumer.Id.Number, consumer.Granted, consumer.NoAck, consumer.Exclusive, consumer.Priority);
        }
    }

    private void Detach(int a, int b)
    {
        if (Choose(a) is { } consumer)
        {
            _model.Remove(consumer, requeue: b % 2 == 0);
            _bench.Core.Detach(consumer.Id, b % 2 == 0, _bench.Now);
        }
    }

    private void Grant(int a, int b)
    {
        if (Choose(a) is { Getter: false } consumer)
        {
            var total = b % 11 == 0 ? 0 : consumer.Granted + (b % 7) - 2;
            consumer.Granted = total == 0 ? Math.Min(consumer.Granted, consumer.Delivered) : Math.Max(consumer.Granted, total);
            _bench.Grant(consumer.Id.Number, total);
            _bench.Grant(consumer.Id.Number, total);
        }
    }

    private void Settle(int a, int b, int c)
    {
        if (Choose(a) is not { } consumer)
        {
            return;
        }

        var first = Math.Max(0, consumer.Delivered - (b % 8));
        var last = first + (c % 6);
        var how = (Settlement)(b / 8 % 5);
        if (c % 17 == 0)
        {
            Assert.False(_bench.Core.Settle(
                new SettleBatch { Host = Guid.Empty, Epoch = _bench.Core.Epoch - 1, Ranges = [new(consumer.Id.Number, first, last, how)] },
                _bench.Now));
            return;
        }

        foreach (var message in _model.HeldBy(consumer.Id).Where(m => m.Delivery >= first && m.Delivery <= last))
        {
            _model.Settle(message, how);
        }

        if (!consumer.Getter)
        {
            _model.ForgetIfDone(consumer);
        }

        _bench.Settle(consumer.Id.Number, first, last, how);
    }

    private void Get(int a, int b)
    {
        if (_model.Settings.SingleActiveConsumer)
        {
            Assert.Equal(ReplyCode.ResourceLocked, Assert.Throws<BrokerException>(() => _bench.Get()).Code);
            return;
        }

        var id = QueueWorkbench.Consumer(1_000_000 + (a % 2));
        var noAck = b % 3 == 0;
        var delivery = _bench.Get(id.Number, noAck);
        if (delivery is null)
        {
            Assert.True(_bench.Core.HeadMissing || _bench.Core.ReadyCount == 0 || _bench.DeadLetters.Count + _bench.Paused.Count > 0);
            return;
        }

        if (!_model.Consumers.TryGetValue(id, out var getter))
        {
            _model.Consumers.Add(id, getter = new ModelConsumer { Id = id, Getter = true });
        }

        getter.LeaseUntil = Math.Max(getter.LeaseUntil, _bench.Now + QueueWorkbench.Lease);
        _checks.Before();
        var taken = _checks.Deliver(delivery.Value).ToList();
        _checks.CheckOrder(taken);
        _checks.Forget();
        if (noAck)
        {
            _model.Leave(taken[0]);
        }
    }

    private void Purge()
    {
        var census = _bench.Core.Census();
        var arriving = census.Arriving.ToHashSet();
        var ready = _model.Live.Values
            .Where(m => m.Place == Place.Deferred || (m.Place == Place.Waiting && !arriving.Contains(m.Position))).ToList();
        Assert.Equal(ready.Count, _bench.Core.Purge(_bench.Now));
        foreach (var message in ready)
        {
            _model.Leave(message);
        }

        if (ready.Count > 0)
        {
            _model.Drops[DropReason.Purged] = _model.Drops.GetValueOrDefault(DropReason.Purged) + ready.Count;
        }
    }

    private ModelConsumer? Choose(int a) =>
        _model.Consumers.Count == 0 ? null : _model.Consumers.Values.ElementAt(a % _model.Consumers.Count);
}
