using OrleansBroker.FaultLab.History;
using OrleansBroker.FaultLab.Load.Clients;

namespace OrleansBroker.FaultLab.Load.Consuming;

/// <summary>How a consumer's client settles a delivery.</summary>
internal interface IAnswers
{
    /// <summary>Acks these, the oldest first; they are all that the client holds up to the last of them.</summary>
    Task AckAsync(IReadOnlyList<ulong> tags);

    /// <summary>Returns one to its queue.</summary>
    Task ReturnAsync(ulong tag, bool reject);

    /// <summary>Asks the broker something that it answers after all settlements before; false where the client has no such thing.</summary>
    Task<bool> SyncAsync();
}

/// <summary>
/// What a consumer holds, and what it does with it: returns some, acks the others, often several at once and some time later, and asks
/// now and then whether its acks were applied. Everything is written down before it is said. A slow one holds all that it may most of the
/// time: no delivery to it fails when its silo dies, so only its lease tells the queue.
/// </summary>
internal sealed class HeldMessages(LoadScope scope, Random random, ConsumerNotes notes, IAnswers answers, int mostHeld, bool isSlow) : IDisposable
{
    private const int OneInReturned = 12;
    private const int AcksToSync = 60;

    private static readonly TimeSpan LongestHold = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan LongestSlowHold = TimeSpan.FromSeconds(4);

    // Settlements go one after the other, as a multiple ack names all before it.
    private readonly SemaphoreSlim _turn = new(1);
    private readonly List<(ulong Tag, MessageName Message)> _held = [];
    private readonly List<MessageName> _acked = [];
    private bool _isOver;

    /// <summary>A message came: returns when it is settled, or held for later.</summary>
    public Task DeliveredAsync(MessageName message, string? damage, bool redelivered, ulong tag) =>
        notes.Delivered(message, damage, redelivered, tag) ? TakeAsync(message, tag) : Task.CompletedTask;

    /// <summary>Settles a message that came, or holds it for later.</summary>
    public async Task TakeAsync(MessageName message, ulong tag)
    {
        await _turn.WaitAsync();
        try
        {
            if (_isOver)
            {
                return;
            }

            // What comes again to one that holds it was the queue's meanwhile: the older delivery is nobody's.
            _held.RemoveAll(held => held.Message == message);
            if (!scope.IsCalm && random.Next(OneInReturned) == 0)
            {
                notes.Settling(HistoryKind.Requeueing, message);
                await answers.ReturnAsync(tag, reject: random.Next(2) == 0);
                return;
            }

            _held.Add((tag, message));
            if (scope.IsCalm || (!isSlow && (_held.Count > mostHeld || random.Next(4) == 0)))
            {
                await AckHeldAsync();
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Acks what is held from time to time, so that nothing is held for long while nothing comes.</summary>
    public async Task TickAsync(CancellationToken ends)
    {
        using var timer = new PeriodicTimer(isSlow ? LongestSlowHold : LongestHold, scope.Plan.Time);
        while (await timer.WaitForNextTickAsync(ends))
        {
            await SettleAsync();
        }
    }

    /// <summary>Acks what is held.</summary>
    public async Task SettleAsync()
    {
        await _turn.WaitAsync();
        try
        {
            if (!_isOver)
            {
                await AckHeldAsync();
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>The broker has answered something that was asked after all acks so far.</summary>
    public void Synced()
    {
        _acked.ForEach(message => notes.Settling(HistoryKind.Acked, message));
        _acked.Clear();
    }

    /// <summary>Settles nothing more, and leaves what is held, or acks it.</summary>
    public async Task EndAsync(bool acks)
    {
        await _turn.WaitAsync();
        try
        {
            if (acks)
            {
                await AckHeldAsync();
            }
        }
        finally
        {
            _isOver = true;
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async Task AckHeldAsync()
    {
        if (_held.Count == 0)
        {
            return;
        }

        foreach (var (_, message) in _held)
        {
            notes.Settling(HistoryKind.Acking, message);
            _acked.Add(message);
        }

        ulong[] tags = [.. _held.Select(held => held.Tag)];
        _held.Clear();
        await answers.AckAsync(tags);
        if (_acked.Count >= AcksToSync && await answers.SyncAsync())
        {
            Synced();
        }
    }
}
