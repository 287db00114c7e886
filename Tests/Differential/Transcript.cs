using System.Globalization;
using System.Text.RegularExpressions;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Tests.Gateway.Wire;

namespace OrleansBroker.Tests.Differential;

/// <summary>
/// What a broker said on one channel. Answers, deliveries and returns keep their order among their kind; confirms and cancels, which a
/// broker may put together and send when it likes, have none.
/// </summary>
internal sealed partial class Transcript(string prefix)
{
    private const string WithoutAcks = $"basic.deliver {RandomScenario.WithoutAcks}";

    private readonly Lock _lock = new();
    private readonly List<string> _answers = [];
    private readonly List<string> _deliveries = [];
    private readonly List<string> _returns = [];
    private readonly SortedSet<string> _unordered = new(StringComparer.Ordinal);
    private readonly SortedSet<ulong> _held = [];
    private ulong _confirmed;
    private int _opened;

    /// <summary>All of it, kind by kind.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lock)
            {
                return [.. _answers, .. _returns, .. _unordered, .. _deliveries];
            }
        }
    }

    /// <summary>The channel was opened again: its confirms begin anew.</summary>
    public void Reopened()
    {
        lock (_lock)
        {
            _opened++;
            _confirmed = 0;
            _held.Clear();
        }
    }

    /// <summary>
    /// The tag of the nth delivery that may be unsettled, or of the last; 0 where there is none. It is held no more, nor are those
    /// before it where <paramref name="multiple"/> are settled.
    /// </summary>
    public ulong TakeHeld(int nth, bool multiple)
    {
        lock (_lock)
        {
            var tag = _held.Skip(nth).Append(_held.LastOrDefault()).First();
            _held.RemoveWhere(held => multiple ? held <= tag : held == tag);
            return tag;
        }
    }

    /// <summary>All that was held returns.</summary>
    public void ForgetHeld()
    {
        lock (_lock)
        {
            _held.Clear();
        }
    }

    /// <summary>A method came, with its content if it has some.</summary>
    public void Add(WireFrame frame, string content)
    {
        var line = Canonical(Replies.Of(frame) + content);
        lock (_lock)
        {
            switch (frame.Method)
            {
                case MethodId.BasicAck:
                    var ack = frame.As<BasicAck>();
                    Confirm("acked", ack.DeliveryTag, ack.Multiple);
                    break;
                case MethodId.BasicNack:
                    var nack = frame.As<BasicNack>();
                    Confirm("nacked", nack.DeliveryTag, (nack.Flags & BasicNackFlags.Multiple) != 0);
                    break;
                case MethodId.BasicCancel:
                    _unordered.Add($"{_opened}: {line}");
                    break;
                case MethodId.BasicDeliver:
                    _deliveries.Add(line);
                    if (!line.StartsWith(WithoutAcks, StringComparison.Ordinal))
                    {
                        _held.Add(Replies.TagOf(frame));
                    }

                    break;
                case MethodId.BasicGetOk:
                    _answers.Add(line);
                    _held.Add(Replies.TagOf(frame));
                    break;
                case MethodId.BasicReturn:
                    _returns.Add(line);
                    break;
                default:
                    _answers.Add(line);
                    break;
            }
        }
    }

    /// <summary>Something else is to be told.</summary>
    public void Add(string line)
    {
        lock (_lock)
        {
            _answers.Add(line);
        }
    }

    private void Confirm(string how, ulong tag, bool multiple)
    {
        for (var confirmed = multiple ? _confirmed + 1 : tag; confirmed <= tag; confirmed++)
        {
            var other = how == "acked" ? "nacked" : "acked";
            if (!_unordered.Contains(Line(other, confirmed)))
            {
                _unordered.Add(Line(how, confirmed));
            }
        }

        while (_unordered.Contains(Line("acked", _confirmed + 1)) || _unordered.Contains(Line("nacked", _confirmed + 1)))
        {
            _confirmed++;
        }
    }

    private string Line(string how, ulong tag) => string.Create(CultureInfo.InvariantCulture, $"{_opened}: {how} {tag}");

    // Names that a broker makes up, and those that tell scripts apart.
    private string Canonical(string line) => MadeUp().Replace(line, "$1#").Replace(prefix, "", StringComparison.Ordinal);

    [GeneratedRegex(@"(amq\.(?:gen|ctag)-)[\w-]+")]
    private static partial Regex MadeUp();
}
