using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Management.Api;
using OrleansBroker.Management.Json;

namespace OrleansBroker.Management.Access;

/// <summary>Users and permissions as requests and definitions say them.</summary>
internal static class UserBodies
{
    /// <summary>A user; what the body does not say of limits stays as it was.</summary>
    public static UserDefinition User(string name, JsonBody body, UserDefinition? before, IUsers users)
    {
        var tags = body.Words("tags") ?? throw ApiException.BadRequest("tags_not_present");
        var algorithm = body.Text("hashing_algorithm");
        var hash = body.Text("password") is { } password ? password.Length == 0 ? null : users.Hash(password, algorithm)
            : body.Text("password_hash") is { } given ? PasswordHashes.Join(algorithm, given)
            : null;
        return new UserDefinition
        {
            Name = name,
            PasswordHash = hash,
            Tags = tags,
            Limits = body.Numbers("limits") ?? before?.Limits ?? new Dictionary<string, long>(),
        };
    }

    public static PermissionDefinition Permission(string user, string virtualHost, JsonBody body)
    {
        body.Require("configure", "write", "read");
        return new PermissionDefinition
        {
            User = user,
            VirtualHost = virtualHost,
            Configure = body.Text("configure")!,
            Write = body.Text("write")!,
            Read = body.Text("read")!,
        };
    }

    public static TopicPermissionDefinition TopicPermission(string user, string virtualHost, JsonBody body)
    {
        body.Require("exchange", "write", "read");
        return new TopicPermissionDefinition
        {
            User = user,
            VirtualHost = virtualHost,
            Exchange = body.Text("exchange")!,
            Write = body.Text("write")!,
            Read = body.Text("read")!,
        };
    }
}
