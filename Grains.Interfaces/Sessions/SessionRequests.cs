using OrleansBroker.Grains.Interfaces.Messages;

namespace OrleansBroker.Grains.Interfaces.Sessions;

/// <summary>What a client says of itself when it opens a session.</summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.SessionRequest")]
public sealed record SessionRequest
{
    /// <summary>The user.</summary>
    [Id(0)] public required string User { get; init; }
    /// <summary>
    /// The password. Null is only for code inside the silo, which could reach every grain anyway: it has all permissions.
    /// </summary>
    [Id(1)] public string? Password { get; init; }
    /// <summary>The virtual host.</summary>
    [Id(2)] public required string VirtualHost { get; init; }
    /// <summary>The client's name, as lists of connections show it.</summary>
    [Id(3)] public string ClientName { get; init; } = "";

    // A record prints its properties; a password must not reach a log that way.
    private bool PrintMembers(System.Text.StringBuilder text)
    {
        text.Append("User = ").Append(User).Append(", VirtualHost = ").Append(VirtualHost).Append(", ClientName = ").Append(ClientName);
        return true;
    }
}

/// <summary>An open session.</summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.SessionInfo")]
public sealed record SessionInfo
{
    /// <summary>Drawn at random when the session was activated: another one means that the session was lost and is a new one.</summary>
    [Id(0)] public required long Boot { get; init; }
    /// <summary>The session closes itself when it had no call for this long.</summary>
    [Id(1)] public required TimeSpan Lease { get; init; }
}

/// <summary>
/// A batch that a connection publishes. A connection has one under way; one whose outcome is unknown is sent again with the same
/// number, before any later one, and a session that had it already answers as it did, or will.
/// </summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.PublishRequest")]
public sealed class PublishRequest
{
    /// <summary>The session's boot: another one's session refuses the batch as lost.</summary>
    [Id(0)] public required long Boot { get; init; }
    /// <summary>The batch's number in that boot, from 1, ascending.</summary>
    [Id(1)] public required long Number { get; init; }
    /// <summary>The messages, in order.</summary>
    [Id(2)] public required MessageBatch Messages { get; init; }
}

/// <summary>The session is not open, or not the one that the caller knew: nothing was done. Open it again.</summary>
[GenerateSerializer, Alias("orleansbroker.SessionLostException")]
public sealed class SessionLostException : Exception
{
    /// <summary>A lost session.</summary>
    public SessionLostException()
        : base("The session is not open: it was never opened, its lease lapsed, or its silo stopped.")
    {
    }
}
