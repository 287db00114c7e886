using System.CommandLine;
using OrleansBroker.CommandLine.Amqp;
using OrleansBroker.CommandLine.Http;
using OrleansBroker.CommandLine.Output;

namespace OrleansBroker.CommandLine.Invocations;

/// <summary>One command that runs: its line, its output, and the broker once something asks for it.</summary>
internal sealed class Invocation : IAsyncDisposable
{
    private readonly GlobalOptions _globals;
    private ManagementApi? _api;
    private AmqpLink? _link;

    public Invocation(ParseResult line, GlobalOptions globals, Terminal terminal)
    {
        (Line, _globals, Terminal) = (line, globals, terminal);
        Report = new Report(terminal, globals.Style(line));
    }

    public ParseResult Line { get; }

    public Terminal Terminal { get; }

    public Report Report { get; }

    /// <summary>Read when first asked for, because a password may have to be read from standard input.</summary>
    public Target Target => field ??= _globals.Target(Line);

    /// <summary>The target where it has been needed so far.</summary>
    public Target? KnownTarget => _api is null && _link is null ? null : Target;

    /// <summary>The virtual host where the user named one.</summary>
    public string? NamedVirtualHost => _globals.NamedVirtualHost(Line);

    public string VirtualHost => Target.VirtualHost;

    public ManagementApi Api => _api ??= new ManagementApi(Target);

    /// <summary>The AMQP connection.</summary>
    public async Task<AmqpLink> ConnectAsync(CancellationToken cancellationToken)
    {
        _link ??= new AmqpLink(Target);
        await _link.OpenAsync(cancellationToken);
        return _link;
    }

    public T? Get<T>(Argument<T> argument) => Line.GetValue(argument);

    public T? Get<T>(Option<T> option) => Line.GetValue(option);

    public async ValueTask DisposeAsync()
    {
        _api?.Dispose();
        if (_link is not null)
        {
            await _link.DisposeAsync();
        }
    }
}
