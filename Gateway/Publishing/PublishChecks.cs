using OrleansBroker.Amqp.Content;
using OrleansBroker.Gateway.Channels;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Replies;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Gateway.Publishing;

/// <summary>
/// What a message is checked for before it is published. Decisions about exchanges are remembered by the channel; one that is deleted
/// meanwhile is told by the publish's receipt.
/// </summary>
internal sealed class PublishChecks(ChannelScope scope)
{
    private const int MostRemembered = 256;

    // Properties that say something to the broker itself, or may.
    private const PropertyFlags Telling = PropertyFlags.Expiration | PropertyFlags.UserId | PropertyFlags.ReplyTo | PropertyFlags.Headers;

    private readonly HashSet<string> _allowed = new(StringComparer.Ordinal);
    private readonly ExchangeTallies _published = new();
    private string? _last;
    private string? _lastKey;
    private long _accessVersion;

    /// <summary>What passed, by exchange.</summary>
    public ExchangeTallies Published => _published;

    /// <summary>Forgets what was decided: an exchange was deleted, or permissions may have changed.</summary>
    public void Forget()
    {
        _allowed.Clear();
        _last = null;
    }

    /// <summary>The index of the first message from <paramref name="at"/> on that has to be looked at closely, or the count.</summary>
    public int SkipPlain(PublishGroup group, int at)
    {
        // Both only grow.
        var version = scope.Client.AccessVersion + scope.Broker.Access.Version;
        if (_accessVersion != version)
        {
            _accessVersion = version;
            Forget();
        }

        var from = at;
        for (; at < group.Count; at++)
        {
            var message = group[at];
            if (!ReferenceEquals(message.Exchange, _last))
            {
                Count(group, from, at);
                from = at;
                if (!_allowed.Contains(message.Exchange))
                {
                    break;
                }

                _last = message.Exchange;
                _lastKey = null;
            }

            // Only the default exchange leads to reply addresses.
            if (message.Exchange.Length == 0 && !ReferenceEquals(message.RoutingKey, _lastKey))
            {
                if (ReplyAddress.Is(message.RoutingKey))
                {
                    break;
                }

                _lastKey = message.RoutingKey;
            }

            if (MayTell(message.Properties.Span))
            {
                break;
            }
        }

        Count(group, from, at);
        return at;
    }

    /// <summary>Looks at one message closely; changes it where its reply-to asks for it.</summary>
    /// <exception cref="BrokerException">It is refused.</exception>
    public async ValueTask CheckAsync(PublishGroup group, int at, CancellationToken cancellationToken)
    {
        var message = group[at];
        await CheckAsync(group, message, at, cancellationToken);
        _published.Add(message.Exchange, 1);
    }

    private async ValueTask CheckAsync(PublishGroup group, BrokerMessage message, int at, CancellationToken cancellationToken)
    {
        if (!_allowed.Contains(message.Exchange))
        {
            await CheckExchangeAsync(new ExchangeId(scope.Client.VirtualHost, message.Exchange), message, cancellationToken);
        }

        if (!MayTell(message.Properties.Span))
        {
            return;
        }

        var properties = BasicPropertiesReader.Read(message.Properties.Span);
        if (!await scope.Broker.Access.MayNameAsync(scope.Client.User, properties.UserId, cancellationToken))
        {
            throw PublishRefusals.UserId(properties.UserId, scope.Client.User);
        }

        PublishRefusals.CheckExpiration(properties.Expiration);
        PublishRefusals.CheckFurtherKeys(properties.Headers);
        if (properties.ReplyTo == ReplyAddress.PseudoQueue)
        {
            group[at] = WithReplyAddress(message, properties);
        }
    }

    /// <summary>Counts messages to one exchange.</summary>
    private void Count(PublishGroup group, int from, int to)
    {
        if (to > from)
        {
            _published.Add(group[from].Exchange, to - from);
        }
    }

    private BrokerMessage WithReplyAddress(BrokerMessage message, BasicProperties properties) =>
        scope is { HasConsumed: true, Consuming: { HasReplyConsumer: true, ReplyTo: { } address } }
            ? message.WithProperties(BasicPropertiesWriter.ToArray(properties with { ReplyTo = address }))
            : throw new BrokerException(ReplyCode.PreconditionFailed, "fast reply consumer does not exist");

    private async ValueTask CheckExchangeAsync(ExchangeId exchange, BrokerMessage message, CancellationToken cancellationToken)
    {
        await scope.Broker.Access.RequireAsync(scope.Client.User, exchange, Permission.Write, cancellationToken);
        if (exchange.Name.Length > 0)
        {
            var definition = await scope.Broker.Topology.GetExchangeAsync(exchange, cancellationToken);
            if (definition.Internal)
            {
                throw PublishRefusals.Internal(exchange);
            }

            if (await scope.Broker.Access.HasTopicRulesAsync(scope.Client.User, exchange, cancellationToken))
            {
                // Each message is looked at: the keys differ, and an exchange of this name may be of another type tomorrow.
                await CheckTopicsAsync(definition, message, cancellationToken);
                return;
            }
        }

        if (_allowed.Count >= MostRemembered)
        {
            Forget();
        }

        _allowed.Add(exchange.Name);
    }

    private async ValueTask CheckTopicsAsync(ExchangeDefinition exchange, BrokerMessage message, CancellationToken cancellationToken)
    {
        var access = scope.Broker.Access;
        await access.RequireTopicAsync(scope.Client.User, exchange, Permission.Write, new TopicKey(message.RoutingKey), cancellationToken);
        if (MayTell(message.Properties.Span))
        {
            foreach (var key in PublishRefusals.FurtherKeys(BasicPropertiesReader.Headers(message.Properties.Span)))
            {
                await access.RequireTopicAsync(scope.Client.User, exchange, Permission.Write, new TopicKey(key), cancellationToken);
            }
        }
    }

    private static bool MayTell(ReadOnlySpan<byte> properties)
    {
        var flags = BasicPropertiesReader.Flags(properties) & Telling;
        return flags != 0
            && ((flags & (PropertyFlags.Expiration | PropertyFlags.UserId)) != 0
                || ((flags & PropertyFlags.Headers) != 0 && properties.IndexOf("CC"u8) >= 0)
                || ((flags & PropertyFlags.ReplyTo) != 0 && properties.IndexOf("amq.rabbitmq.reply-to"u8) >= 0));
    }
}
