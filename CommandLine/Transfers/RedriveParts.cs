using System.CommandLine;
using OrleansBroker.CommandLine.Invocations;

namespace OrleansBroker.CommandLine.Transfers;

/// <summary>The rules of a re-drive as a command line has them.</summary>
internal sealed class RedriveParts
{
    private readonly Argument<string> _source;
    private readonly Option<string> _to;
    private readonly Option<string?> _reason;
    private readonly Option<string?> _fromQueue;
    private readonly Option<string[]> _headers;
    private readonly Option<bool> _keep;
    private readonly Option<int> _redrives;

    public RedriveParts(Command command)
    {
        _source = command.Argument<string>("source", "The queue of dead letters.");
        _to = command.OptionOr(
            "--to", "origin", "origin: the exchange and key of the first death; queue: straight into the queue in which it died.");
        _to.AcceptOnlyFromAmong("origin", "queue");
        _reason = command.Option<string?>("--reason", "Only those that died for this reason.");
        _reason.AcceptOnlyFromAmong("rejected", "expired", "maxlen", "delivery_limit");
        _fromQueue = command.Option<string?>("--from-queue", "Only those that died first in this queue.");
        _headers = command.Option<string[]>("--header", "Only those with this header, as name=value; may be given several times.", "-H");
        _keep = command.Option<bool>("--keep-deaths", "Keeps x-death and what belongs to it. Otherwise they start anew.");
        _redrives = command.Count("--max-redrives", 3, 1, "Leaves those that were sent back so often, so that none goes round for ever.");
    }

    public RedriveRules Of(Invocation invocation) => new()
    {
        Source = invocation.Get(_source)!,
        User = invocation.Target.User,
        Reason = invocation.Get(_reason),
        FromQueue = invocation.Get(_fromQueue),
        Headers = [.. (invocation.Get(_headers) ?? []).Select(Wanted)],
        MaxRedrives = invocation.Get(_redrives),
        ToQueue = invocation.Get(_to) == "queue",
        KeepDeaths = invocation.Get(_keep),
    };

    private static KeyValuePair<string, string> Wanted(string pair)
    {
        var at = pair.IndexOf('=', StringComparison.Ordinal);
        return at > 0
            ? KeyValuePair.Create(pair[..at], pair[(at + 1)..])
            : throw CommandFailure.Usage($"'{pair}' has to be name=value.");
    }
}
