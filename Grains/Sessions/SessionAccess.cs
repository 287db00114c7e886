using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Routing;
using OrleansBroker.Grains.Interfaces.Sessions;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Sessions;

/// <summary>A session's login, and what it may do. Permissions to publish are remembered for as long as the session's lease at most.</summary>
internal sealed class SessionAccess
{
    private readonly IAccessControl _access;
    private readonly bool _trusted;

    private SessionAccess(IAccessControl access, SessionRequest request, bool trusted)
    {
        _access = access;
        _trusted = trusted;
        User = request.User;
        VirtualHost = request.VirtualHost;
    }

    /// <summary>The user.</summary>
    public string User { get; }

    /// <summary>The virtual host.</summary>
    public string VirtualHost { get; }

    /// <summary>Whether it is code inside the silo, which has all permissions.</summary>
    public bool IsTrusted => _trusted;

    /// <summary>Logs in, with RabbitMQ's texts where that fails.</summary>
    public static async Task<SessionAccess> OpenAsync(
        IAccessControl access, ILoginAttempts attempts, ITopology topology, SessionRequest request, bool trusted)
    {
        if (!trusted)
        {
            // The gateway knows no peer address; it counts as loopback because that is where it listens unless configured otherwise.
            var outcome = await access.AuthenticateAsync(request.User, request.Password ?? "", isLoopback: true, CancellationToken.None);
            attempts.Count("native", outcome == LoginOutcome.Accepted, request.User, "");
            if (outcome != LoginOutcome.Accepted)
            {
                throw new BrokerException(ReplyCode.AccessRefused, $"login refused for user '{request.User}'");
            }
        }

        if (!await topology.VirtualHostExistsAsync(request.VirtualHost, CancellationToken.None))
        {
            throw new BrokerException(ReplyCode.NotAllowed, $"vhost '{request.VirtualHost}' not found");
        }

        if (!trusted && !await access.MayEnterAsync(request.User, request.VirtualHost, CancellationToken.None))
        {
            throw new BrokerException(ReplyCode.NotAllowed, $"access to vhost '{request.VirtualHost}' refused for user '{request.User}'");
        }

        return new SessionAccess(access, request, trusted);
    }

    public ValueTask RequireAsync(QueueId queue, Permission permission) =>
        _trusted ? default : _access.RequireAsync(User, queue, permission);

    public ValueTask RequireAsync(ExchangeId exchange, Permission permission) =>
        _trusted ? default : _access.RequireAsync(User, exchange, permission);

    /// <summary>403 unless the user may use the key at the exchange, where anything narrows that.</summary>
    public async ValueTask RequireTopicAsync(ITopology topology, ExchangeId exchange, Permission permission, string key)
    {
        if (!_trusted && await _access.HasTopicRulesAsync(User, exchange, CancellationToken.None))
        {
            var definition = await topology.GetExchangeAsync(exchange, CancellationToken.None);
            await _access.RequireTopicAsync(User, definition, permission, new TopicKey(key));
        }
    }

    /// <summary>Whether the message's keys are the user's to publish under; only rules for the exchange narrow them.</summary>
    public async ValueTask<bool> MayPublishUnderAsync(ITopology topology, BrokerMessage message)
    {
        if (_trusted)
        {
            return true;
        }

        var exchange = new ExchangeId(VirtualHost, message.Exchange);
        if (!await _access.HasTopicRulesAsync(User, exchange, CancellationToken.None)
            || !AccessChecks.IsTopic(await topology.GetExchangeAsync(exchange, CancellationToken.None)))
        {
            return true;
        }

        var keys = new List<string> { message.RoutingKey };
        if (FurtherKeys.MayBeIn(message) && BasicPropertiesReader.Headers(message.Properties.Span) is { } headers)
        {
            FurtherKeys.Read(headers, keys);
        }

        foreach (var key in keys)
        {
            if (!await _access.AuthorizeTopicAsync(User, exchange, Permission.Write, new TopicKey(key), CancellationToken.None))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether the session's user, who may have been deleted, may still be in its virtual host.</summary>
    public async ValueTask<bool> MayStayAsync() => _trusted || await _access.MayEnterAsync(User, VirtualHost, CancellationToken.None);

    /// <summary>Whether the user's messages may have this user-id.</summary>
    public ValueTask<bool> MayNameAsync(string? userId) => _access.MayNameAsync(User, userId);

    /// <summary>Whether the user may publish to the exchange.</summary>
    public ValueTask<bool> MayPublishAsync(string exchange) =>
        _trusted
            ? new ValueTask<bool>(true)
            : _access.AuthorizeAsync(User, VirtualHost, Permission.Write, AccessChecks.NameOf(exchange), CancellationToken.None);
}
