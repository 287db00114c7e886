using System.ComponentModel.DataAnnotations;

namespace OrleansBroker.Grains.Queues;

/// <summary>How queues behave that clients have not said anything about. Section <c>Broker:Queues</c>.</summary>
public sealed class QueueOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Broker:Queues";

    /// <summary>
    /// Ready messages that a queue keeps in memory; the rest is paged. Default 32,768: what a fast consumer takes in some 40 ms, so that
    /// pages are there before they are asked for.
    /// </summary>
    [Range(16, 10_000_000)]
    public int HeadMessages { get; set; } = 32_768;

    /// <summary>Octets of ready messages that a queue keeps in memory. Default 32 MiB, so that a dozen long queues fit into 1 GiB with room.</summary>
    [Range(typeof(long), "4096", "10737418240")]
    public long HeadBytes { get; set; } = 32 * 1024 * 1024;

    /// <summary>
    /// The time in which consumers must be able to empty half of the head for publishers to be held to half of their pace, while more
    /// than an eighth of it waits. Default 500 ms: 33,000 messages a second. Publishers of slower consumers wait for half of it, seldom, after
    /// which the queue pages. 0 never holds back.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:10")]
    public TimeSpan PublishPause { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// How long a consumer's lease lasts without renewal. Default 15 s: three renewals of 5 s may be lost before a consumer is.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:03", "01:00:00")]
    public TimeSpan ConsumerLease { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How long a consumer may keep a message unacknowledged where neither its arguments nor the queue's say
    /// (<c>x-consumer-timeout</c>); then the message returns to the queue, and the consumer goes on. Default 0, for ever: how long work
    /// takes is the application's to know.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "30.00:00:00")]
    public TimeSpan ConsumerTimeout { get; set; }

    /// <summary>How long a queue without consumers, unacknowledged messages and traffic stays active. Default 20 s: reopening it costs one sync.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Idle { get; set; } = TimeSpan.FromSeconds(20);
}
