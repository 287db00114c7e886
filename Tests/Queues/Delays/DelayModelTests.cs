using CsCheck;
using OrleansBroker.Grains.Delays;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Queues.Core;
using OrleansBroker.Tests.Queues.Workbench;

namespace OrleansBroker.Tests.Queues.Delays;

/// <summary>Random delays, published, due and lost with their owner while reads and writes are under way.</summary>
public sealed class DelayModelTests
{
    private const int Scripts = 600;
    private static readonly string Name = DelayQueue.NameFor(
        new ExchangeDefinition { Id = new ExchangeId("/", "x"), Type = DelayQueue.ExchangeType, Incarnation = 7 });

    [Fact]
    public void Whatever_happens_each_message_leaves_when_it_is_due_and_none_before() =>
        Gen.Select(
            Gen.Int[1, 8], Gen.Int[2, 12], Gen.Int[1, 6],
            Gen.Select(Gen.Int[0, 99], Gen.Int[0, 999]).Array[50, 250],
            (positions, head, letters, commands) => (
                Limits: new QueueLimits { HeadMessages = head, PageMessages = 3, ExpiryPositions = positions, DeadLettersInFlight = letters },
                Commands: commands))
            .Sample(script => new Script(script.Limits).Run(script.Commands), iter: Scripts, threads: 1);

    private sealed class Script(QueueLimits limits)
    {
        private readonly QueueWorkbench _bench = new(limits: limits, name: Name);
        // Deadlines of those that are not at their target.
        private readonly Dictionary<string, long> _pending = [];
        private readonly Dictionary<string, long> _unconfirmed = [];
        private readonly HashSet<string> _left = [];
        private int _last;

        public void Run((int Kind, int A)[] commands)
        {
            foreach (var (kind, a) in commands)
            {
                Apply(kind, a);
                _bench.Collect();
            }

            for (var rests = 0; _pending.Count > 0; rests++)
            {
                Rest();
                Assert.True(rests < 10_000, $"{_pending.Count} never leave");
                _bench.Pass(Math.Max(1, _pending.Values.Append(_bench.Now).Min() - _bench.Now));
            }

            _bench.Run();
            Assert.Empty(_bench.Store.Messages);
        }

        private void Apply(int kind, int a)
        {
            switch (kind)
            {
                case < 25: Publish(1 + (a % 7), a); break;
                case < 40: Commit(); break;
                case < 55: _bench.CompletePage(a % 3 > 0 || _bench.Page is not { } page ? null : _bench.ReadPage(page, 1 + (a % 2))); break;
                case < 65: _bench.CompleteExpiring(early: a % 2 == 0); break;
                case < 80: Letter(stored: a % 9 > 0); break;
                case < 92: Pass(a % 40); break;
                case < 94: Rest(); break;
                case < 97: Crash(commitDone: a % 2 == 0); break;
                default: Release(); break;
            }
        }

        private void Publish(int count, int seed)
        {
            var random = new Random(seed);
            for (var i = 0; i < count; i++)
            {
                // Many soon, some at the same time, and a few far away.
                var delay = random.Next(4) == 0 ? random.Next(200, 5_000) : random.Next(1, 60);
                var name = $"m{++_last}";
                _bench.Enqueue(DelayQueueTests.Delayed(name, delay));
                _unconfirmed.Add(name, _bench.Now + delay);
            }
        }

        private bool Commit()
        {
            if (_bench.Commit is not { } commit)
            {
                return false;
            }

            _bench.CompleteCommit();
            foreach (var message in commit.Write.Appended.Select(m => m.Message.Text()))
            {
                _pending.Add(message, _unconfirmed[message]);
                _unconfirmed.Remove(message);
            }

            return true;
        }

        private bool Letter(bool stored)
        {
            if (_bench.DeadLetters.Count == 0)
            {
                return false;
            }

            var name = _bench.DeadLetters[0].Message.Text();
            Assert.True(_pending.GetValueOrDefault(name) <= _bench.Now, $"{name} left early");
            Assert.True(_pending.ContainsKey(name) || _left.Contains(name), $"{name} came from nowhere");
            if (stored && _pending.Remove(name))
            {
                _left.Add(name);
            }

            return _bench.CompleteDeadLetter(stored);
        }

        private void Pass(int milliseconds)
        {
            _bench.Now += milliseconds;
            _bench.Core.Tick(_bench.Now);
        }

        // Nothing is under way any more: what is due has left, and the queue will wake in time for the next.
        private void Rest()
        {
            _bench.Collect();
            var steps = 0;
            while (Commit() || _bench.CompletePage() || _bench.CompleteExpiring() || Letter(stored: true) || Retry())
            {
                Assert.True(++steps < 10_000, "the queue does not come to rest");
            }

            Assert.Empty(_unconfirmed);
            Assert.DoesNotContain(_pending, m => m.Value <= _bench.Now);
            if (_pending.Count > 0)
            {
                Assert.InRange(_bench.Core.NextDeadline() ?? long.MaxValue, 0, _pending.Values.Min());
            }
        }

        private bool Retry()
        {
            if (_bench.Paused.Count == 0)
            {
                return false;
            }

            Pass(1_000);
            _bench.Collect();
            return true;
        }

        private void Crash(bool commitDone)
        {
            var written = _bench.Commit?.Write.Appended.Select(m => m.Message.Text()).ToHashSet() ?? [];
            _bench.Crash(commitDone);
            foreach (var name in _unconfirmed.Keys.Where(name => commitDone && written.Contains(name)).ToList())
            {
                _pending.Add(name, _unconfirmed[name]);
            }

            _unconfirmed.Clear();
            Reappear();
        }

        private void Release()
        {
            _bench.Release();
            foreach (var (name, due) in _unconfirmed)
            {
                _pending.Add(name, due);
            }

            _unconfirmed.Clear();
            Reappear();
        }

        // At its target, and its removal was not committed: it may come a second time.
        private void Reappear()
        {
            var stored = _bench.Store.Messages.Select(m => m.Message.Text()).ToHashSet();
            Assert.Subset(stored, _pending.Keys.ToHashSet());
            Assert.Subset(_left.Concat(_pending.Keys).ToHashSet(), stored);
        }
    }
}
