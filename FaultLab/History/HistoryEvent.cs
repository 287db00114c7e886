using System.Text.Json.Serialization;

namespace OrleansBroker.FaultLab.History;

/// <summary>One thing that a client of the lab did or saw, or that the lab did to the broker. What does not apply has its default value.</summary>
public sealed record HistoryEvent
{
    /// <summary>Nanoseconds since the history began, by a monotonic clock. The log sets it.</summary>
    [JsonPropertyName("t")]
    public long Time { get; init; }

    /// <summary>What it tells.</summary>
    [JsonPropertyName("k")]
    public HistoryKind Kind { get; init; }

    /// <summary>The queue.</summary>
    [JsonPropertyName("q")]
    public string? Queue { get; init; }

    /// <summary>The message's publisher, 0 where the event is of no message.</summary>
    [JsonPropertyName("p")]
    public int Publisher { get; init; }

    /// <summary>The message's number at its publisher.</summary>
    [JsonPropertyName("n")]
    public long Number { get; init; }

    /// <summary>The consumer, unique in the history: one life of a consumer on one channel or connection.</summary>
    [JsonPropertyName("c")]
    public int Consumer { get; init; }

    /// <summary>The delivery's mark that the message may have been delivered before.</summary>
    [JsonPropertyName("r")]
    public bool Redelivered { get; init; }

    /// <summary>The delivery tag, where there is one.</summary>
    [JsonPropertyName("d")]
    public ulong Tag { get; init; }

    /// <summary>Of a publish: the message, or its queue, does not outlive its silo's memory. Of a fault that begins: a silo's memory goes.</summary>
    [JsonPropertyName("m")]
    public bool Transient { get; init; }

    /// <summary>Of a consumer that starts: how many messages it may hold unsettled; 0 for no limit.</summary>
    [JsonPropertyName("f")]
    public int Prefetch { get; init; }

    /// <summary>Of a consumer's start its client and silo, of a fault its name, of a damaged delivery what is wrong with it.</summary>
    [JsonPropertyName("x")]
    public string? Text { get; init; }

    /// <summary>The message.</summary>
    [JsonIgnore]
    public MessageName Message => new(Publisher, Number);

    /// <summary>An event of a message.</summary>
    public static HistoryEvent Of(HistoryKind kind, MessageName message) =>
        new() { Kind = kind, Publisher = message.Publisher, Number = message.Number };

    /// <summary>A fault that begins.</summary>
    /// <param name="fault">Its name, and what it is done to.</param>
    /// <param name="losesMemory">
    /// Whether a silo may end without an orderly stop: true of all faults but those that end silos by SIGTERM, for a silo that is cut
    /// off or paused ends itself.
    /// </param>
    public static HistoryEvent FaultBegan(string fault, bool losesMemory) =>
        new() { Kind = HistoryKind.FaultBegan, Text = fault, Transient = losesMemory };

    /// <summary>A fault that was taken back, once all that it had ended runs again.</summary>
    public static HistoryEvent FaultEnded(string fault) => new() { Kind = HistoryKind.FaultEnded, Text = fault };
}
