using System.Text.Json.Serialization;
using OrleansBroker.Grains.Interfaces.Access;

namespace OrleansBroker.Management.Access;

/// <summary>A user as RabbitMQ's API shows one.</summary>
internal sealed record UserItem(
    string Name, string PasswordHash, string HashingAlgorithm, IReadOnlyList<string> Tags, IReadOnlyDictionary<string, long> Limits)
{
    public static UserItem Of(UserDefinition user)
    {
        var (algorithm, hash) = PasswordHashes.Split(user.PasswordHash);
        return new UserItem(user.Name, hash, algorithm, user.Tags, user.Limits);
    }
}

/// <summary>A user's permissions in a virtual host.</summary>
internal sealed record PermissionItem(string User, [property: JsonPropertyName("vhost")] string VirtualHost, string Configure, string Write, string Read)
{
    public static PermissionItem Of(PermissionDefinition p) => new(p.User, p.VirtualHost, p.Configure, p.Write, p.Read);
}

/// <summary>A user's permissions at a topic exchange.</summary>
internal sealed record TopicPermissionItem(string User, [property: JsonPropertyName("vhost")] string VirtualHost, string Exchange, string Write, string Read)
{
    public static TopicPermissionItem Of(TopicPermissionDefinition p) => new(p.User, p.VirtualHost, p.Exchange, p.Write, p.Read);
}

/// <summary>A user's limits.</summary>
internal sealed record UserLimitItem(string User, IReadOnlyDictionary<string, long> Value);

/// <summary>The logins over a protocol.</summary>
internal sealed record LoginAttemptItem(string Protocol, long AuthAttempts, long AuthAttemptsFailed, long AuthAttemptsSucceeded)
{
    public static LoginAttemptItem Of(LoginAttempts a) => new(a.Protocol, a.Succeeded + a.Failed, a.Failed, a.Succeeded);
}

/// <summary>The logins of a user from an address.</summary>
internal sealed record LoginSourceItem(string RemoteAddress, string Username, string Protocol, long AuthAttempts, long AuthAttemptsFailed, long AuthAttemptsSucceeded)
{
    public static LoginSourceItem Of(LoginSource s) => new(
        s.Address, s.User, s.Attempts.Protocol, s.Attempts.Succeeded + s.Attempts.Failed, s.Attempts.Failed, s.Attempts.Succeeded);
}

/// <summary>What the endpoints of users write.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(UserItem))]
[JsonSerializable(typeof(PermissionItem))]
[JsonSerializable(typeof(TopicPermissionItem))]
[JsonSerializable(typeof(UserLimitItem))]
[JsonSerializable(typeof(LoginAttemptItem))]
[JsonSerializable(typeof(LoginSourceItem))]
internal sealed partial class AccessJson : JsonSerializerContext;
