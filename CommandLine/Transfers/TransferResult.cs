using System.Text.Json.Nodes;

namespace OrleansBroker.CommandLine.Transfers;

/// <summary>What bounds a transfer.</summary>
internal sealed record TransferOptions
{
    public required string Source { get; init; }

    /// <summary>The most messages to send.</summary>
    public int Limit { get; init; } = int.MaxValue;

    /// <summary>The most messages that may stay, and are held until the end; one more stops the transfer.</summary>
    public int MostLeft { get; init; }

    /// <summary>Says what would be done; everything stays.</summary>
    public bool DryRun { get; init; }
}

/// <summary>What a transfer has done.</summary>
internal sealed class TransferResult
{
    /// <summary>How many were sent, and confirmed.</summary>
    public long Sent { get; private set; }

    /// <summary>How many of them may be acknowledged.</summary>
    public long Settled { get; set; }

    /// <summary>How many went where, by exchange and key.</summary>
    public Dictionary<(string Exchange, string Key), long> Destinations { get; } = [];

    /// <summary>How many stayed, by reason.</summary>
    public Dictionary<string, long> Left { get; } = [];

    /// <summary>Whether too many stayed to go on.</summary>
    public bool Stopped { get; set; }

    /// <summary>Whether the queue had messages and gave none.</summary>
    public bool GaveNone { get; set; }

    public void Count(Plan.Send send)
    {
        Sent++;
        Destinations[(send.Exchange, send.RoutingKey)] = Destinations.GetValueOrDefault((send.Exchange, send.RoutingKey)) + 1;
    }

    public JsonObject ToJson(bool dryRun) => new()
    {
        ["dry_run"] = dryRun,
        ["sent"] = Sent,
        ["destinations"] = new JsonArray([.. Destinations.Select(destination => new JsonObject
        {
            ["exchange"] = destination.Key.Exchange,
            ["routing_key"] = destination.Key.Key,
            ["messages"] = destination.Value,
        })]),
        ["left"] = new JsonArray([.. Left.Select(left => new JsonObject { ["reason"] = left.Key, ["messages"] = left.Value })]),
    };
}
