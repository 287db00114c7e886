using System.Text.RegularExpressions;
using static System.StringComparison;

namespace OrleansBroker.Tests.Differential;

/// <summary>Where the broker answers otherwise than RabbitMQ on purpose. docs/compatibility.md tells users of each.</summary>
internal static class DeliberateDifferences
{
    // What is left of a line, on either side, once what differs on purpose is made the same.
    private static readonly (Regex Text, string Instead)[] Ignored =
    [
        // 503 says which method it was.
        (new("unimplemented method [a-z.-]+"), "unimplemented method"),
        // An unknown type is the channel's error: the connection's other channels have done nothing wrong.
        (new("^(\\[.\\]) ConnectionClose { ReplyCode = 503, ReplyText = COMMAND_INVALID - (?:unknown|invalid) exchange type"), "$1 unknown exchange type"),
        (new("^(\\[.\\]) ChannelClose { ReplyCode = 406, ReplyText = PRECONDITION_FAILED - unknown exchange type"), "$1 unknown exchange type"),
        // BCC is taken out of what is delivered; what comes back to its publisher is what it sent.
        (new("^(.*basic[.]return .*headers ).*?( body .*)$"), "$1$2"),
        // How Erlang prints an atom and a binary.
        (new("''(x-[a-z-]+)''"), "'$1'"),
        (new("<<\"([^\"]*)\">>"), "'$1'"),
        // Every queue counts deliveries, not quorum queues alone.
        (new(", x-(?:acquired|delivery)-count=Int64 [0-9]+|x-(?:acquired|delivery)-count=Int64 [0-9]+(?:, )?"), ""),
        (new("headers {}"), "headers void"),
        // As of RabbitMQ 3.13 the last death is told like the first.
        (new(", x-last-death-(?:exchange|queue|reason)='[^']*'"), ""),
    ];

    // Where two things are wrong at once, it may be the other that is told: what a queue's lock, or a wrong argument, forbids is
    // refused before anything else is looked at. What comes after differs because of it.
    private static readonly (string Theirs, string Mine)[] Precedence =
    [
        ("NOT_FOUND - no exchange", "RESOURCE_LOCKED"),
        ("queue.unbind-ok", "RESOURCE_LOCKED"),
        ("NOT_FOUND - no queue", "invalid arg 'x-priority'"),
        ("RESOURCE_LOCKED", "invalid arg 'x-priority'"),
        ("basic.get-", "basic.get operations are not supported by queues with single active consumer"),
        ("unknown exchange type", "operation not permitted on the default exchange"),
    ];

    /// <summary>The first line in which two brokers differ, and whether that is deliberate.</summary>
    public static (string Theirs, string Mine, bool IsDeliberate)? Find(IReadOnlyList<string> theirs, IReadOnlyList<string> mine)
    {
        for (var at = 0; at < Math.Max(theirs.Count, mine.Count); at++)
        {
            var (their, my) = (at < theirs.Count ? Plain(theirs[at]) : "nothing", at < mine.Count ? Plain(mine[at]) : "nothing");
            if (their != my)
            {
                return (their, my, Precedence.Any(rule => their.Contains(rule.Theirs, Ordinal) && my.Contains(rule.Mine, Ordinal)));
            }
        }

        return null;
    }

    private static string Plain(string line) => Ignored.Aggregate(line, (text, rule) => rule.Text.Replace(text, rule.Instead));
}
