using System.Text.Json.Serialization;
using OrleansBroker.Management.Json;

namespace OrleansBroker.Management.Transfers;

/// <summary>What is to be moved.</summary>
/// <param name="Destination">The queue that it goes to; a re-drive has none.</param>
/// <param name="Count">How many messages at most.</param>
internal sealed record TransferRequest(string? Destination, int? Count);

/// <summary>What was moved.</summary>
internal sealed record TransferOutcome
{
    /// <summary>Messages that left: where they went confirmed them.</summary>
    public int Moved { get; init; }

    /// <summary>Messages that were looked at and stayed.</summary>
    public int Skipped { get; init; }

    /// <summary>Why they stayed.</summary>
    public string? SkippedReason { get; init; }

    /// <summary>Messages that are ready in the queue afterwards.</summary>
    public long MessagesReady { get; init; }

    /// <summary>Why it ended early; null where it did not.</summary>
    public string? Reason { get; init; }
}

/// <summary>What the operations read and write.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(FieldTableJson)])]
[JsonSerializable(typeof(TransferRequest))]
[JsonSerializable(typeof(TransferOutcome))]
internal sealed partial class TransferJson : JsonSerializerContext;
