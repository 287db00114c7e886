using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Interfaces.Access;

/// <summary>The one place where logins and permissions are decided, for AMQP, HTTP and native clients alike. An error denies.</summary>
public interface IAccessControl
{
    /// <summary>Checks a name and password. <paramref name="isLoopback"/> tells whether the peer's socket is on this machine.</summary>
    ValueTask<LoginOutcome> AuthenticateAsync(string user, string password, bool isLoopback, CancellationToken cancellationToken);

    /// <summary>Lets in a user whom something else vouches for, such as a client certificate. No password is asked for.</summary>
    ValueTask<LoginOutcome> IdentifyAsync(string user, bool isLoopback, CancellationToken cancellationToken);

    /// <summary>The user's tags, such as <c>administrator</c> or <c>impersonator</c>; none where the user is unknown.</summary>
    ValueTask<IReadOnlyList<string>> GetTagsAsync(string user, CancellationToken cancellationToken);

    /// <summary>Whether the user has any permission in the virtual host: what opening a connection asks for.</summary>
    ValueTask<bool> MayEnterAsync(string user, string virtualHost, CancellationToken cancellationToken);

    /// <summary>Whether the user has the permission on the queue or exchange of that name.</summary>
    ValueTask<bool> AuthorizeAsync(string user, string virtualHost, Permission permission, string resource, CancellationToken cancellationToken);

    /// <summary>Whether anything narrows the routing keys that the user may use at the exchange, where that is a topic exchange.</summary>
    ValueTask<bool> HasTopicRulesAsync(string user, ExchangeId exchange, CancellationToken cancellationToken);

    /// <summary>Whether the user may publish under the routing key (write), or bind with it (read), at a topic exchange.</summary>
    ValueTask<bool> AuthorizeTopicAsync(string user, ExchangeId exchange, Permission permission, TopicKey key, CancellationToken cancellationToken);

    /// <summary>Grows when users or permissions may have changed: what was decided before is to be asked anew.</summary>
    long Version { get; }

    /// <summary>Told of users and virtual hosts that are gone: connections that are theirs are to be closed.</summary>
    event Action<AccessLoss>? Lost;
}

/// <summary>A routing key, and who uses it.</summary>
/// <param name="Key">The key.</param>
/// <param name="ClientId">What <c>{client_id}</c> stands for; null: for itself, as over AMQP 0-9-1.</param>
public readonly record struct TopicKey(string Key, string? ClientId = null);

/// <summary>Users and virtual hosts that are gone, or were made anew under the same name.</summary>
/// <param name="Users">The users.</param>
/// <param name="VirtualHosts">The virtual hosts.</param>
public sealed record AccessLoss(IReadOnlySet<string> Users, IReadOnlySet<string> VirtualHosts);

/// <summary>What became of a login.</summary>
public enum LoginOutcome
{
    /// <summary>Name and password are right.</summary>
    Accepted,
    /// <summary>They are not; which of the two is not told.</summary>
    InvalidCredentials,
    /// <summary>They are right, but this user may come from this machine only.</summary>
    LoopbackOnly,
}

/// <summary>The three permissions, after RabbitMQ: each is a pattern of names per user and virtual host.</summary>
public enum Permission
{
    /// <summary>Create and delete.</summary>
    Configure,
    /// <summary>Publish to an exchange; bind a destination.</summary>
    Write,
    /// <summary>Consume, get and purge a queue; bind from an exchange.</summary>
    Read,
}
