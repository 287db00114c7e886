namespace OrleansBroker.ClientLib.Consuming;

/// <summary>
/// The attachments and renewals that a host has sent to a queue lately. A queue gives a delivery up that is not answered within 10 s,
/// and others get its messages; but what lies in a connection whose network was away still arrives after that, and would come
/// without the mark to somebody who is not the first. So each delivery names the last sign of life that its queue had: it was sent
/// after that, and is taken only where that is not long ago.
/// </summary>
internal sealed class SignsOfLife(TimeProvider time)
{
    /// <summary>How old a sign may be: two renewals of 4 s, and 2 s less than the queue's patience, to bring a message to its client.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    // Signs that follow each other so closely are one, as old as the first: many consumers may attach at once.
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(500);

    // As many as can be sent within the patience.
    private const int Kept = 17;

    private readonly Lock _gate = new();
    private readonly long[] _sent = new long[Kept];
    private long _last;

    /// <summary>The number of a sign that is sent now.</summary>
    public long Next()
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            if (_last == 0 || time.GetElapsedTime(_sent[_last % Kept], now) >= Step)
            {
                _sent[++_last % Kept] = now;
            }

            return _last;
        }
    }

    /// <summary>Whether what was sent after the queue had this sign is certainly not given up yet. 0: its queue does not name any.</summary>
    public bool IsRecent(long sign)
    {
        lock (_gate)
        {
            return sign == 0 || (sign > _last - Kept && sign <= _last && time.GetElapsedTime(_sent[sign % Kept]) < Patience);
        }
    }
}
