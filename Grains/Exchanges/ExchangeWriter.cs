using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Exchanges;

/// <summary>
/// Executes an exchange's commands one after another: plan, commit, tell the silos, answer. Binds and unbinds that came while one
/// commit was under way share the next. Runs in the turns of its grain.
/// </summary>
internal sealed class ExchangeWriter(ExchangeId id, ExchangeServices services)
{
    private const int MaxBatch = 512;

    // A condition is lost only to another activation of the same grain, or to a destination that changed.
    private const int MaxAttempts = 20;

    private readonly Queue<ExchangeCommand> _waiting = new();
    private readonly List<ExchangeCommand> _batch = [];
    private bool _running;

    /// <summary>The exchange as of the last commit; null: to be loaded.</summary>
    public ExchangeState? State { get; private set; }

    /// <summary>Whether <see cref="State"/> has changes whose commit has not been answered.</summary>
    public bool IsCommitting { get; private set; }

    public Task ExecuteAsync(ExchangeCommand command)
    {
        _waiting.Enqueue(command);
        if (!_running)
        {
            _running = true;
            _ = RunAsync();
        }

        return command.Done;
    }

    private async Task RunAsync()
    {
        while (_waiting.Count > 0)
        {
            TakeBatch();
            try
            {
                await ExecuteBatchAsync();
                _batch.ForEach(static command => command.Complete());
            }
            catch (Exception e)
            {
                // What was committed, and who was told, is unknown: begin from the store again.
                State = null;
                _batch.ForEach(command => command.Fail(e));
            }
        }

        _running = false;
    }

    private void TakeBatch()
    {
        _batch.Clear();
        do
        {
            _batch.Add(_waiting.Dequeue());
        }
        while (_batch[0].Joins && _batch.Count < MaxBatch && _waiting.TryPeek(out var next) && next.Joins);
    }

    private async Task ExecuteBatchAsync()
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            await Task.WhenAll(_batch.Select(static command => command.PrepareAsync().AsTask()));

            State ??= await ExchangeState.LoadAsync(services.Store, id);
            var commit = new ExchangeCommit(State);
            Plan(commit);
            if (await TryCommitAsync(commit))
            {
                await AnnounceAsync(commit);
                return;
            }

            State = null;
        }

        throw new BrokerException(ReplyCode.InternalError, $"{id} changes too quickly");
    }

    private void Plan(ExchangeCommit commit)
    {
        foreach (var command in _batch)
        {
            command.Refusal = null;
            try
            {
                command.Plan(commit);
            }
            catch (BrokerException refusal)
            {
                command.Refusal = refusal;
            }
        }
    }

    private async Task<bool> TryCommitAsync(ExchangeCommit commit)
    {
        if (!commit.HasChanges)
        {
            // "Nothing to do" and "refused" are answers about the store, not about what this activation remembers.
            return await commit.State.IsCurrentAsync(services.Store);
        }

        var committed = false;
        IsCommitting = true;
        try
        {
            committed = await services.Store.CommitAsync(commit.ToChanges(), CancellationToken.None);
        }
        finally
        {
            IsCommitting = false;
            if (!committed)
            {
                // The state has the changes in it that were not made: nobody may read it, not for a turn.
                State = null;
            }
        }

        if (!committed)
        {
            return false;
        }

        commit.Committed();
        return true;
    }

    private async Task AnnounceAsync(ExchangeCommit commit)
    {
        var state = commit.State;
        if (commit.HasChanges || !state.Announced)
        {
            await services.Announcer.AnnounceAsync(new() { Changes = commit.NewsAfter(state.Announced) });
            state.Announced = true;
        }

        if (commit.Deleted)
        {
            await services.Unbinding.UnbindDestinationAsync(id.VirtualHost, new Destination(DestinationKind.Exchange, id.Name));
        }
    }
}
