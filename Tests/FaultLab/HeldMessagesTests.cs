using OrleansBroker.FaultLab.History;
using OrleansBroker.FaultLab.Load;
using OrleansBroker.FaultLab.Load.Clients;
using OrleansBroker.FaultLab.Load.Consuming;
using OrleansBroker.FaultLab.Load.Topology;

namespace OrleansBroker.Tests.FaultLab;

/// <summary>What the lab's consumers write down, and when.</summary>
public sealed class HeldMessagesTests : IDisposable
{
    private const int MoreThanAreAckedBeforeASync = 100;

    private readonly string _folder = Directory.CreateTempSubdirectory("orleansbroker-history-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_comes_while_an_answer_is_awaited_is_noted_when_it_comes()
    {
        await using var history = new HistoryLog(Path.Combine(_folder, "history.jsonl"), TimeProvider.System);
        var scope = new LoadScope(new LoadPlan { Silos = [], Seed = 1 }, null!, history);
        scope.Calm();
        var answers = new SilentAnswers();
        var notes = new ConsumerNotes(history, 1, new LabQueue("queue", Durable: true));
        using var held = new HeldMessages(scope, new Random(1), notes, answers, mostHeld: 1, isSlow: false);

        var taken = new List<Task>();
        for (var tag = 1; tag <= MoreThanAreAckedBeforeASync; tag++)
        {
            taken.Add(held.DeliveredAsync(new MessageName(1, tag), null, redelivered: false, (ulong)tag));
        }

        Assert.Equal(MoreThanAreAckedBeforeASync, history.Count(HistoryKind.Delivered));
        Assert.InRange(history.Count(HistoryKind.Acking), 1, MoreThanAreAckedBeforeASync - 1);
        answers.Answer.SetResult(true);
        await Task.WhenAll(taken);
        Assert.Equal(MoreThanAreAckedBeforeASync, history.Count(HistoryKind.Acking));
    }

    /// <summary>A broker that takes acks and does not say so until it is told.</summary>
    private sealed class SilentAnswers : IAnswers
    {
        public TaskCompletionSource<bool> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task AckAsync(IReadOnlyList<ulong> tags) => Task.CompletedTask;

        public Task ReturnAsync(ulong tag, bool reject) => Task.CompletedTask;

        public Task<bool> SyncAsync() => Answer.Task;
    }
}
