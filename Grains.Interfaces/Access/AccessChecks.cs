using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Interfaces.Access;

/// <summary>Checks that throw the refusal as RabbitMQ words it.</summary>
public static class AccessChecks
{
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

    /// <summary>The name that an exchange's permissions go by.</summary>
    public static string NameOf(string exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        return exchange.Length == 0 ? "amq.default" : exchange;
    }

    private static BrokerException Refusal(string user, string resource) =>
        new(ReplyCode.AccessRefused, $"access to {resource} refused for user '{user}'");
}
