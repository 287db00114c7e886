using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Interfaces.Access;

/// <summary>Checks that throw the refusal as RabbitMQ words it.</summary>
public static class AccessChecks
{
    /// <summary>The tag of users who may publish in another one's name. <c>administrator</c> does not include it.</summary>
    public const string Impersonator = "impersonator";

    /// <summary>Whether a message of the user may have this user-id (row 2.14).</summary>
    public static async ValueTask<bool> MayNameAsync(
        this IAccessControl access, string user, string? userId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(access);
        return userId is null || userId == user || (await access.GetTagsAsync(user, cancellationToken)).Contains(Impersonator);
    }

    /// <summary>403 unless the user has the permission on the queue.</summary>
    public static async ValueTask RequireAsync(
        this IAccessControl access, string user, QueueId queue, Permission permission, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(access);
        if (!await access.AuthorizeAsync(user, queue.VirtualHost, permission, queue.Name, cancellationToken))
        {
            throw Refusal(user, queue.ToString());
        }
    }

    /// <summary>403 unless the user has the permission on the exchange; the default exchange goes by the name <c>amq.default</c>.</summary>
    public static async ValueTask RequireAsync(
        this IAccessControl access, string user, ExchangeId exchange, Permission permission, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(access);
        var name = NameOf(exchange.Name);
        if (!await access.AuthorizeAsync(user, exchange.VirtualHost, permission, name, cancellationToken))
        {
            throw Refusal(user, (exchange with { Name = name }).ToString());
        }
    }

    /// <summary>403 unless the user has some permission on the queue: enough to learn that it is there.</summary>
    public static async ValueTask RequireAnyAsync(
        this IAccessControl access, string user, QueueId queue, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(access);
        if (!await HasAnyAsync(access, user, queue.VirtualHost, queue.Name, cancellationToken))
        {
            throw Refusal(user, queue.ToString());
        }
    }

    /// <summary>403 unless the user has some permission on the exchange: enough to learn that it is there.</summary>
    public static async ValueTask RequireAnyAsync(
        this IAccessControl access, string user, ExchangeId exchange, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(access);
        var name = NameOf(exchange.Name);
        if (!await HasAnyAsync(access, user, exchange.VirtualHost, name, cancellationToken))
        {
            throw Refusal(user, (exchange with { Name = name }).ToString());
        }
    }

    /// <summary>403 unless the user may use the routing key at the exchange; only a topic exchange's keys are narrowed.</summary>
    public static async ValueTask RequireTopicAsync(
        this IAccessControl access, string user, ExchangeDefinition exchange, Permission permission, TopicKey key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(access);
        ArgumentNullException.ThrowIfNull(exchange);
        if (IsTopic(exchange) && !await access.AuthorizeTopicAsync(user, exchange.Id, permission, key, cancellationToken))
        {
            throw new BrokerException(ReplyCode.AccessRefused, $"access to topic '{key.Key}' in {exchange.Id} refused for user '{user}'");
        }
    }

    /// <summary>Whether the exchange routes by topics, at once or after a delay.</summary>
    public static bool IsTopic(ExchangeDefinition exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        return exchange.Type == "topic" || (exchange.Type == "x-delayed-message" && exchange.Arguments["x-delayed-type"] is "topic");
    }

    /// <summary>The name that an exchange's permissions go by.</summary>
    public static string NameOf(string exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        return exchange.Length == 0 ? "amq.default" : exchange;
    }

    private static async ValueTask<bool> HasAnyAsync(
        IAccessControl access, string user, string virtualHost, string resource, CancellationToken cancellationToken)
    {
        foreach (var permission in Enum.GetValues<Permission>())
        {
            if (await access.AuthorizeAsync(user, virtualHost, permission, resource, cancellationToken))
            {
                return true;
            }
        }

        return false;
    }

    private static BrokerException Refusal(string user, string resource) =>
        new(ReplyCode.AccessRefused, $"access to {resource} refused for user '{user}'");
}
