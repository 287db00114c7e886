using System.Net;

namespace OrleansBroker.Tests.Differential;

/// <summary>Where two brokers began to differ.</summary>
internal sealed record Difference(IReadOnlyList<Step> Script, string RabbitMq, string Ours)
{
    public override string ToString() => $"{string.Join('\n', Script)}\n  RabbitMQ: {RabbitMq}\n  ours:     {Ours}";
}

/// <summary>
/// Runs a script against both brokers in lock step: each waits until both are through with a step, for the order of what connections
/// and queues do side by side is nobody's promise.
/// </summary>
internal sealed class ScriptRun(EndPoint rabbitMq, EndPoint ours)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(8);

    private static int _runs;

    /// <summary>Three channels: two of one connection, and one of another.</summary>
    public const int Slots = 3;

    /// <summary>The first difference, if there is one.</summary>
    public async Task<Difference?> CompareAsync(IReadOnlyList<Step> script)
    {
        var prefix = $"z{Interlocked.Increment(ref _runs):x6}{Random.Shared.Next():x8}-";
        var sides = await Task.WhenAll(BrokerSide.OpenAsync(rabbitMq, prefix), BrokerSide.OpenAsync(ours, prefix));
        var (theirs, mine) = (sides[0], sides[1]);
        try
        {
            for (var at = 0; at < script.Count && !theirs.IsClosed && !mine.IsClosed; at++)
            {
                await Task.WhenAll(theirs.DoAsync(script[at]), mine.DoAsync(script[at]));
                if (await DifferAsync(theirs, mine, script[at].MayDeliver) is { } difference)
                {
                    return difference.IsDeliberate ? null : new Difference([.. script.Take(at + 1)], difference.Theirs, difference.Mine);
                }
            }

            return null;
        }
        finally
        {
            await Task.WhenAll(theirs.DisposeAsync().AsTask(), mine.DisposeAsync().AsTask());
        }
    }

    /// <summary>Leaves out of a script whatever is not needed for a difference of the same kind.</summary>
    public async Task<Difference> ShortenAsync(Difference difference)
    {
        for (var at = difference.Script.Count - 2; at >= 0; at--)
        {
            if (at >= difference.Script.Count - 1)
            {
                continue;
            }

            var shorter = await CompareAsync([.. difference.Script.Where((_, index) => index != at)]);
            if (shorter is not null && shorter.RabbitMq == difference.RabbitMq && shorter.Ours == difference.Ours)
            {
                difference = shorter;
            }
        }

        return difference;
    }

    private static async Task<(string Theirs, string Mine, bool IsDeliberate)?> DifferAsync(BrokerSide theirs, BrokerSide mine, bool mayDeliver)
    {
        var deadline = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var frames = theirs.Frames + mine.Frames;
            if (mayDeliver)
            {
                await Task.Delay(Quiet, TimeProvider.System);
            }

            var difference = DeliberateDifferences.Find(theirs.Lines, mine.Lines);
            if (difference is null && frames == theirs.Frames + mine.Frames)
            {
                return null;
            }

            if (difference is not null && TimeProvider.System.GetElapsedTime(deadline) > Patience)
            {
                return difference;
            }

            if (!mayDeliver)
            {
                await Task.Delay(Quiet, TimeProvider.System);
            }
        }
    }
}

/// <summary>The script's connections to one of the brokers.</summary>
internal sealed class BrokerSide : IAsyncDisposable
{
    private static readonly (int Peer, ushort Channel)[] Places = [(0, 1), (0, 2), (1, 1)];

    private readonly BrokerPeer[] _peers;

    private BrokerSide(BrokerPeer[] peers) => _peers = peers;

    public bool IsClosed => _peers.Any(peer => peer.IsClosed);

    public int Frames => _peers.Sum(peer => peer.Frames);

    /// <summary>What was said, with the channel it was said on.</summary>
    public IReadOnlyList<string> Lines =>
        [.. Places.SelectMany((place, slot) => _peers[place.Peer].On(place.Channel).Lines.Select(line => $"[{slot}] {line}"))];

    public static async Task<BrokerSide> OpenAsync(EndPoint broker, string prefix) =>
        new([await BrokerPeer.OpenAsync(broker, prefix, 1, 2), await BrokerPeer.OpenAsync(broker, prefix, 1)]);

    public Task DoAsync(Step step) => _peers[Places[step.Slot].Peer].DoAsync(Places[step.Slot].Channel, step);

    public async ValueTask DisposeAsync()
    {
        // What is durable, or was not used, would stay.
        foreach (var cleaning in IsClosed ? [] : RandomScript.Cleaning)
        {
            await DoAsync(cleaning);
        }

        foreach (var peer in _peers)
        {
            await peer.DisposeAsync();
        }
    }
}
