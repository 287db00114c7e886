using System.CommandLine;
using System.Globalization;
using OrleansBroker.CommandLine.Output;

namespace OrleansBroker.CommandLine.Invocations;

/// <summary>The options that every command takes. What is not on the command line comes from the environment, then from a default.</summary>
internal sealed class GlobalOptions(Terminal terminal)
{
    private const string Prefix = "ORLEANSBROKER_";
    private const int AmqpPort = 5672;
    private const int AmqpsPort = 5671;
    private const int HttpPort = 15672;

    private readonly Option<string?> _host = Global<string?>("--host", "The broker's host. Default: localhost.");
    private readonly Option<int?> _port = Global<int?>("--port", "The AMQP port. Default: 5672, with --tls 5671.");
    private readonly Option<string?> _url = Global<string?>("--url", "The HTTP API's address, without /api. Default: port 15672 of the host.", "--http");
    private readonly Option<string?> _user = Global<string?>("--user", "The user. Default: guest.", "-u");
    private readonly Option<string?> _password = Global<string?>(
        "--password", "The password. Others on this machine can read it there: prefer --password-file or ORLEANSBROKER_PASSWORD. Default: guest.");

    private readonly Option<string?> _passwordFile = Global<string?>(
        "--password-file", "A file whose first line is the password; - is standard input.");

    private readonly Option<string?> _virtualHost = Global<string?>("--vhost", "The virtual host. Default: /.", "-p");
    private readonly Option<bool> _tls = Global<bool>("--tls", "AMQP over TLS; the host's name has to be in a certificate that this machine trusts.");
    private readonly Option<string?> _format = Global<string?>("--format", "table for people, json for scripts. Default: table.", "--formatter");
    private readonly Option<bool> _quiet = Global<bool>("--quiet", "Only results: no headings, no progress, no confirmations.", "-q");

    public void AddTo(Command root)
    {
        _format.AcceptOnlyFromAmong("table", "json");
        foreach (Option option in (Option[])[_host, _port, _url, _user, _password, _passwordFile, _virtualHost, _tls, _format, _quiet])
        {
            root.Options.Add(option);
        }
    }

    /// <summary>Whether a virtual host was named, and is not the default.</summary>
    public string? NamedVirtualHost(ParseResult line) => Value(line, _virtualHost, "VHOST");

    public OutputStyle Style(ParseResult line)
    {
        var format = Value(line, _format, "FORMAT") ?? "table";
        return format switch
        {
            "json" => new OutputStyle(Json: true, line.GetValue(_quiet)),
            "table" => new OutputStyle(Json: false, line.GetValue(_quiet)),
            _ => throw CommandFailure.Usage($"{Prefix}FORMAT is '{format}'; it has to be table or json."),
        };
    }

    public Target Target(ParseResult line)
    {
        var host = Value(line, _host, "HOST") ?? "localhost";
        var tls = line.GetValue(_tls) || terminal.Environment(Prefix + "TLS") is "1" or "true";
        return new Target
        {
            Host = host,
            Port = line.GetValue(_port) ?? Number("PORT") ?? (tls ? AmqpsPort : AmqpPort),
            Url = Url(Value(line, _url, "URL") ?? string.Create(CultureInfo.InvariantCulture, $"http://{Bracketed(host)}:{HttpPort}")),
            User = Value(line, _user, "USER") ?? "guest",
            Password = Password(line),
            VirtualHost = NamedVirtualHost(line) ?? "/",
            Tls = tls,
        };
    }

    private static Option<T> Global<T>(string name, string description, params string[] aliases) =>
        new(name, aliases) { Description = description, Recursive = true };

    // An IPv6 address stands in brackets in a URL.
    private static string Bracketed(string host) => host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host;

    private static Uri Url(string text) =>
        Uri.TryCreate(text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text, UriKind.Absolute, out var url)
        && url.Scheme is "http" or "https"
            ? url
            : throw CommandFailure.Usage($"'{text}' is no address of an HTTP API; one looks like http://localhost:15672.");

    private string? Value(ParseResult line, Option<string?> option, string variable) =>
        line.GetValue(option) ?? (terminal.Environment(Prefix + variable) is { Length: > 0 } value ? value : null);

    private int? Number(string variable) => terminal.Environment(Prefix + variable) switch
    {
        null or "" => null,
        var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number,
        var text => throw CommandFailure.Usage($"{Prefix}{variable} is '{text}', which is no port."),
    };

    private string Password(ParseResult line)
    {
        if (line.GetValue(_password) is { } password)
        {
            return line.GetValue(_passwordFile) is null
                ? password
                : throw CommandFailure.Usage("--password and --password-file exclude each other.");
        }

        return line.GetValue(_passwordFile) is { } file ? FirstLine(file)
            : terminal.Environment(Prefix + "PASSWORD") is { Length: > 0 } named ? named
            : terminal.Environment(Prefix + "PASSWORD_FILE") is { Length: > 0 } namedFile ? FirstLine(namedFile)
            : "guest";
    }

    private string FirstLine(string file)
    {
        using var reader = new StreamReader(file == "-" ? terminal.OpenInput() : File.OpenRead(file));
        return reader.ReadLine() ?? throw CommandFailure.Usage($"There is no password in '{file}'.");
    }
}
