namespace OrleansBroker.Grains.Interfaces.Access;

/// <summary>
/// Users and their permissions, to be listed and changed while the broker runs. A change is answered when every silo goes by it. What
/// cannot be is a <see cref="Errors.BrokerException"/>: 404 names a user or virtual host that does not exist, 406 a value that cannot be
/// or a user that configuration sets.
/// </summary>
public interface IUsers
{
    /// <summary>The user, or null.</summary>
    ValueTask<UserDefinition?> FindAsync(string name, CancellationToken cancellationToken);

    /// <summary>All users, those of configuration too, in the order of their names.</summary>
    ValueTask<IReadOnlyList<UserDefinition>> ListAsync(CancellationToken cancellationToken);

    /// <summary>Creates or replaces users, all or none; their permissions stay.</summary>
    /// <returns>Whether the first of them is new.</returns>
    Task<bool> PutAsync(IReadOnlyList<UserDefinition> users, CancellationToken cancellationToken);

    /// <summary>Deletes users with all their permissions, and closes their connections; those that do not exist are left out.</summary>
    Task DeleteAsync(IReadOnlyList<string> names, CancellationToken cancellationToken);

    /// <summary>All permissions by user and virtual host; those of configuration for named virtual hosts too.</summary>
    ValueTask<IReadOnlyList<PermissionDefinition>> ListPermissionsAsync(CancellationToken cancellationToken);

    /// <summary>Sets permissions, all or none.</summary>
    /// <returns>Whether the first of them is new.</returns>
    Task<bool> PutPermissionsAsync(IReadOnlyList<PermissionDefinition> permissions, CancellationToken cancellationToken);

    /// <summary>Takes a user's permissions in a virtual host away; false where there are none.</summary>
    Task<bool> DeletePermissionAsync(string user, string virtualHost, CancellationToken cancellationToken);

    /// <summary>All topic permissions.</summary>
    ValueTask<IReadOnlyList<TopicPermissionDefinition>> ListTopicPermissionsAsync(CancellationToken cancellationToken);

    /// <summary>Sets topic permissions, all or none.</summary>
    /// <returns>Whether the first of them is new.</returns>
    Task<bool> PutTopicPermissionsAsync(IReadOnlyList<TopicPermissionDefinition> permissions, CancellationToken cancellationToken);

    /// <summary>Takes a user's topic permissions in a virtual host away: for one exchange, or all where that is null; false where there are none.</summary>
    Task<bool> DeleteTopicPermissionsAsync(string user, string virtualHost, string? exchange, CancellationToken cancellationToken);

    /// <summary>A salted hash of a password, to be stored: slow to compute on purpose.</summary>
    /// <param name="password">The password.</param>
    /// <param name="algorithm">One of RabbitMQ's, where the hash shall be usable there; null: PBKDF2.</param>
    string Hash(string password, string? algorithm);
}
