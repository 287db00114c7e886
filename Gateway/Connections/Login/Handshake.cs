using System.Net;
using System.Security.Cryptography.X509Certificates;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Gateway.Output;
using OrleansBroker.Gateway.Tls;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Errors;

namespace OrleansBroker.Gateway.Connections.Login;

/// <summary>How far a handshake has come.</summary>
internal enum HandshakeState
{
    /// <summary>connection.start was sent.</summary>
    Starting,
    /// <summary>connection.tune was sent.</summary>
    Tuning,
    /// <summary>connection.open is awaited.</summary>
    Opening,
    /// <summary>connection.open-ok was sent.</summary>
    Running,
    /// <summary>The login was refused, and the client is not one that wants to be told.</summary>
    Refused,
}

/// <summary>From connection.start to connection.open-ok (rows 1.02 to 1.06), with RabbitMQ's reply texts.</summary>
internal sealed class Handshake(GatewayContext broker, ConnectionRegistry registry, ConnectionOutput output, Guid id, bool isLoopback, CancellationToken ended)
{
    /// <summary>No frame may be larger before connection.tune-ok (row 1.04).</summary>
    public const int InitialFrameMax = 8192;

    // Smaller than that a frame could not hold the methods of the handshake itself (§1.4.2.6).
    private const int SmallestFrameMax = 4096;

    // As RabbitMQ counts attempts.
    private const string Protocol = "amqp091";

    private static readonly TimeSpan SilentRefusalDelay = TimeSpan.FromSeconds(3);

    private FieldTable _properties = FieldTable.Empty;
    private string _user = "";
    private string? _certified;

    /// <summary>Where the client comes from; null where that is not known.</summary>
    public required EndPoint? Peer { get; init; }

    public HandshakeState State { get; private set; }

    /// <summary>Octets of a frame that hold from now on.</summary>
    public int FrameMax { get; private set; } = InitialFrameMax;

    /// <summary>Octets of a frame that may be sent.</summary>
    public int SentFrameMax { get; private set; } = InitialFrameMax;

    /// <summary>Most channels.</summary>
    public int ChannelMax { get; private set; }

    /// <summary>The interval of heartbeats; zero for none.</summary>
    public TimeSpan Heartbeat { get; private set; }

    /// <summary>The connection's place among those that its user and virtual host may have; to be given back. Null: it has none.</summary>
    public IDisposable? Place { get; private set; }

    /// <summary>Who is connected, once it is running.</summary>
    public ClientIdentity? Client { get; private set; }

    /// <summary>How the client logged in.</summary>
    public string Mechanism { get; private set; } = "";

    /// <summary>When the connection was opened.</summary>
    public DateTimeOffset OpenedAt { get; private set; }

    /// <summary>Offers what the broker has; to a client whose certificate names a user, to be that user.</summary>
    public void Start(X509Certificate2? certificate)
    {
        _certified = certificate is null ? null : CertificateNames.UserOf(certificate, broker.Options.Tls.UserFrom);
        var mechanisms = _certified is null ? SaslResponses.Mechanisms : $"{SaslResponses.Mechanisms} {SaslResponses.External}";
        Write(new ConnectionStart(ServerProperties.Of(broker.Options), mechanisms, "en_US"));
    }

    /// <summary>Takes a method of the client's.</summary>
    /// <exception cref="AmqpErrorException">It is refused.</exception>
    public Task OnMethodAsync(MethodId method, byte[] payload) => (State, method) switch
    {
        (HandshakeState.Starting, MethodId.ConnectionStartOk) => LoginAsync(MethodReader.Decode<ConnectionStartOk>(payload)),
        (HandshakeState.Tuning, MethodId.ConnectionTuneOk) => TuneAsync(MethodReader.Decode<ConnectionTuneOk>(payload)),
        (HandshakeState.Opening, MethodId.ConnectionOpen) => OpenAsync(MethodReader.Decode<ConnectionOpen>(payload)),
        _ => throw Unexpected(method),
    };

    /// <summary>The client renews its secret (row 2.08).</summary>
    public async Task UpdateSecretAsync()
    {
        // The secret itself tells nothing new, for no login here expires. What the user may do is looked at again.
        await CheckAccessAsync(Client!.VirtualHost, MethodId.ConnectionUpdateSecret);
        Client.AccessVersion++;
        output.Write(0, static (_, writer) => FrameWriter.WriteMethod(writer, 0, MethodId.ConnectionUpdateSecretOk));
    }

    /// <summary>The error for a method that may not come now.</summary>
    public AmqpErrorException Unexpected(MethodId method) => new(AmqpError.Of(
        ReplyCodes.ChannelError, $"unexpected method in connection state {State.ToString().ToLowerInvariant()}", method));

    private async Task LoginAsync(ConnectionStartOk start)
    {
        _properties = start.ClientProperties;
        Mechanism = start.Mechanism;
        var accepted = await AuthenticateAsync(start) == LoginOutcome.Accepted;
        broker.Logins.Count(Protocol, accepted, _user, (Peer as IPEndPoint)?.Address.ToString() ?? "");
        if (accepted)
        {
            State = HandshakeState.Tuning;
            var options = broker.Options;
            Write(new ConnectionTune((ushort)options.ChannelMax, (uint)options.FrameMax, (ushort)options.Heartbeat.TotalSeconds));
            return;
        }

        broker.Telemetry.LoginRefused();
        ConnectionLog.LoginRefused(broker.Log, id, _user, start.Mechanism);
        if (_properties["capabilities"] is FieldTable capabilities && capabilities["authentication_failure_close"] is true)
        {
            throw Error(
                ReplyCodes.AccessRefused,
                $"Login was refused using authentication mechanism {start.Mechanism}. For details see the broker logfile.");
        }

        // Who is not told waits, so that guessing passwords takes time (row 2.09).
        await Task.Delay(SilentRefusalDelay, broker.Time);
        State = HandshakeState.Refused;
    }

    private ValueTask<LoginOutcome> AuthenticateAsync(ConnectionStartOk start)
    {
        if (start.Mechanism == SaslResponses.External && _certified is not null)
        {
            _user = _certified;
            return broker.Access.IdentifyAsync(_user, isLoopback, ended);
        }

        (_user, var password) = SaslResponses.Read(start.Mechanism, start.Response.Span);
        return broker.Access.AuthenticateAsync(_user, password, isLoopback, ended);
    }

    private Task TuneAsync(ConnectionTuneOk tune)
    {
        CheckLimit("frame_max", "", tune.FrameMax, SmallestFrameMax, broker.Options.FrameMax);
        CheckLimit("channel_max", tune.ChannelMax == 0 ? " (no limit)" : "", tune.ChannelMax, 1, broker.Options.ChannelMax);
        State = HandshakeState.Opening;
        SentFrameMax = (int)tune.FrameMax;
        // A client that lowered its own to less than the handshake's may yet send a frame of that size.
        FrameMax = Math.Max((int)tune.FrameMax, InitialFrameMax);
        ChannelMax = tune.ChannelMax;
        Heartbeat = TimeSpan.FromSeconds(tune.Heartbeat);
        return Task.CompletedTask;
    }

    private static void CheckLimit(string name, string detail, uint value, int min, int max)
    {
        if (value != 0 && value < min)
        {
            throw Error(ReplyCodes.NotAllowed, $"negotiated {name} = {value}{detail} is lower than the minimum allowed value ({min})", MethodId.ConnectionTune);
        }

        if (value == 0 || value > max)
        {
            throw Error(ReplyCodes.NotAllowed, $"negotiated {name} = {value}{detail} is higher than the maximum allowed value ({max})", MethodId.ConnectionTune);
        }
    }

    private async Task OpenAsync(ConnectionOpen open)
    {
        if (registry.Count > broker.Options.MaxConnections)
        {
            throw Error(ReplyCodes.NotAllowed, $"connection refused: node connection limit ({broker.Options.MaxConnections}) is reached", MethodId.ConnectionOpen);
        }

        if (!await broker.Topology.VirtualHostExistsAsync(open.VirtualHost, CancellationToken.None))
        {
            throw Error(ReplyCodes.NotAllowed, $"vhost {open.VirtualHost} not found", MethodId.ConnectionOpen);
        }

        Place = await TakePlaceAsync(open.VirtualHost);
        if (!registry.TryEnter(_user, broker.Options.MaxConnectionsPerUser))
        {
            throw Error(
                ReplyCodes.NotAllowed,
                $"connection refused for user '{_user}': user connection limit ({broker.Options.MaxConnectionsPerUser}) is reached",
                MethodId.ConnectionOpen);
        }

        OpenedAt = broker.Time.GetUtcNow();
        // Known before it is let in: should its user be deleted right now, either it is seen or the check fails.
        Client = new ClientIdentity(id, _user, open.VirtualHost, _properties);
        await CheckAccessAsync(open.VirtualHost, MethodId.ConnectionOpen);
        State = HandshakeState.Running;
        Write(new ConnectionOpenOk());
    }

    private async Task<IDisposable> TakePlaceAsync(string virtualHost)
    {
        try
        {
            return await broker.Tally.ConnectAsync(_user, virtualHost, ended);
        }
        catch (BrokerException refusal) when (AmqpErrors.Of(refusal, MethodId.ConnectionOpen) is { } error)
        {
            throw new AmqpErrorException(error);
        }
    }

    private async Task CheckAccessAsync(string virtualHost, MethodId method)
    {
        if (!await broker.Access.MayEnterAsync(_user, virtualHost, CancellationToken.None))
        {
            throw Error(ReplyCodes.NotAllowed, $"access to vhost '{virtualHost}' refused for user '{_user}'", method);
        }
    }

    private void Write<TMethod>(TMethod method)
        where TMethod : struct, IMethod<TMethod> =>
        output.Write(method, static (state, writer) => FrameWriter.WriteMethod(writer, 0, in state));

    private static AmqpErrorException Error(ushort code, string explanation, MethodId method = MethodId.None) =>
        new(AmqpError.Of(code, explanation, method));
}
