using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace OrleansBroker.Gateway.Tls;

/// <summary>
/// The certificate that new connections get. When its files change it is loaded anew; where they are broken, half replaced for one,
/// the one before stays.
/// </summary>
public sealed partial class ServerCertificate : BackgroundService
{
    private readonly TlsOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<ServerCertificate> _log;
    private volatile TlsCredentials? _current;
    private TlsFiles? _seen;
    private string? _unread;

    /// <summary>Loads nothing yet: the start does.</summary>
    public ServerCertificate(IOptions<GatewayOptions> options, TimeProvider time, ILogger<ServerCertificate> log)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options.Value.Tls;
        _time = time;
        _log = log;
    }

    internal TlsCredentials Current => _current ?? throw new InvalidOperationException($"{TlsOptions.Section}:Certificate is not set.");

    /// <summary>When the certificate that new connections get expires; null where there is none.</summary>
    public DateTimeOffset? Expires => _current is { } current ? new DateTimeOffset(current.Certificate.NotAfter) : null;

    /// <summary>What is wrong with the files, one sentence each; empty where nothing is.</summary>
    public static IEnumerable<string> Problems(TlsOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.IsEnabled && Load(options, out var problem) is null)
        {
            yield return problem!;
        }
    }

    /// <inheritdoc/>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        if (_options.IsEnabled)
        {
            if (_options.Contradictions().FirstOrDefault() is { } contradiction)
            {
                throw new InvalidOperationException(contradiction);
            }

            Use(Load(_options, out var problem) ?? throw new InvalidOperationException(problem));
        }

        return base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!_options.IsEnabled)
        {
            return;
        }

        using var timer = new PeriodicTimer(_options.ReloadInterval, _time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            Look();
        }
    }

    private static (TlsFiles Files, TlsCredentials Credentials)? Load(TlsOptions options, out string? problem) =>
        TlsFiles.Read(options, out problem) is { } files && TlsCredentials.Of(files, options, out problem) is { } credentials
            ? (files, credentials)
            : null;

    private void Look()
    {
        if (TlsFiles.Read(_options, out var problem) is not { } files)
        {
            // Said once, not with every look.
            if (problem != _unread)
            {
                _unread = problem;
                LogKept(_log, problem!);
            }

            return;
        }

        _unread = null;
        if (_seen is { } seen && files.HasSame(seen))
        {
            return;
        }

        _seen = files;
        if (TlsCredentials.Of(files, _options, out problem) is { } credentials)
        {
            Use((files, credentials));
        }
        else
        {
            LogKept(_log, problem!);
        }
    }

    private void Use((TlsFiles Files, TlsCredentials Credentials) loaded)
    {
        (_seen, _current) = loaded;
        var certificate = loaded.Credentials.Certificate;
        var until = new DateTimeOffset(certificate.NotAfter);
        var from = new DateTimeOffset(certificate.NotBefore);
        if (until < _time.GetUtcNow() || from > _time.GetUtcNow())
        {
            LogInvalid(_log, certificate.Subject, from, until);
        }
        else
        {
            LogLoaded(_log, certificate.Subject, until);
        }
    }

    [LoggerMessage(1401, LogLevel.Information, "TLS: new connections get the certificate of {Subject}, valid until {Until:u}")]
    private static partial void LogLoaded(ILogger logger, string subject, DateTimeOffset until);

    [LoggerMessage(1402, LogLevel.Warning, "TLS: the certificate of {Subject} is valid from {From:u} to {Until:u}, and not now: clients will refuse it")]
    private static partial void LogInvalid(ILogger logger, string subject, DateTimeOffset from, DateTimeOffset until);

    [LoggerMessage(1403, LogLevel.Error, "TLS: the certificate's files changed and cannot be used; the certificate before stays. {Problem}")]
    private static partial void LogKept(ILogger logger, string problem);
}
