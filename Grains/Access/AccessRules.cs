using OrleansBroker.Grains.Hosting;

namespace OrleansBroker.Grains.Access;

/// <summary>What can be configured of users.</summary>
internal static class AccessRules
{
    /// <summary>What cannot be, one sentence each; secrets are not in them.</summary>
    public static IEnumerable<string> Problems(AccessOptions options)
    {
        foreach (var (name, user) in options.Users)
        {
            var key = $"{BrokerOptions.Section}:Access:Users:{name}";
            if (user.PasswordHash is { } hash && !PasswordHash.IsWellFormed(hash))
            {
                yield return $"{key}:PasswordHash is set (its value is not shown); allowed: what the command hash-password prints, or one of RabbitMQ's after its algorithm's name and '$', such as rabbit_password_hashing_sha256$...";
            }

            foreach (var (virtualHost, permissions) in user.Permissions)
            {
                (string Name, string Pattern)[] patterns =
                [
                    (nameof(permissions.Configure), permissions.Configure),
                    (nameof(permissions.Write), permissions.Write),
                    (nameof(permissions.Read), permissions.Read),
                ];
                foreach (var (permission, pattern) in patterns)
                {
                    if (!NamePattern.TryParse(pattern, out _, out var problem))
                    {
                        yield return $"{key}:Permissions:{virtualHost}:{permission} is '{pattern}'; allowed: {NamePattern.Allowed}. {problem}";
                    }
                }
            }
        }
    }
}
