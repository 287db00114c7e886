using System.ComponentModel.DataAnnotations;

namespace OrleansBroker.Grains.Balance;

/// <summary>How open queues spread over the silos of a cluster. One silo alone has nothing to balance. Section <c>Broker:Balance</c>.</summary>
public sealed class BalanceOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Broker:Balance";

    /// <summary>
    /// How often a silo compares itself with the others. Default 5 s, as often as rates are taken: a silo that joins has its share within
    /// a minute. 0 never moves a queue.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How many queues of a silo move at one time. Default 4: each takes some hundredths of a second, and clients of few queues notice at
    /// once.
    /// </summary>
    [Range(1, 1000)]
    public int AtOnce { get; set; } = 4;

    /// <summary>
    /// How far a silo may be above the mean before it gives queues away, as a share of the mean. Default 0.1: less is not worth a move, and
    /// rates that sway move nothing.
    /// </summary>
    [Range(0.01, 10.0)]
    public double Tolerance { get; set; } = 0.1;

    /// <summary>
    /// Messages a second, in and out, that count for as much as one more open queue. Default 1,000: there a queue costs a silo more
    /// processor time than its being open costs memory.
    /// </summary>
    [Range(1, 1_000_000)]
    public int MessagesPerQueue { get; set; } = 1_000;

    /// <summary>
    /// How long a queue that is to move waits for its consumers to settle what they have. Default 300 ms: consumers that work longer on a
    /// message keep their queue where it is, rather than that another one repeats their work.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:10")]
    public TimeSpan SettlePatience { get; set; } = TimeSpan.FromMilliseconds(300);

    /// <summary>
    /// How long a queue that moved, or could not, stays where it is. Default 20 s: no queue goes to and fro, and silos that join one after the
    /// other have their share within a minute all the same.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan Rest { get; set; } = TimeSpan.FromSeconds(20);
}
