namespace OrleansBroker.Grains.Interfaces.Access;

/// <summary>
/// Counts connections and channels per user and virtual host, over all silos, and refuses those beyond their limits. Who enters is counted
/// first and refused after, so that two at once are both refused rather than both let in.
/// </summary>
public interface IConnectionTally
{
    /// <summary>Counts a connection until the result is disposed of.</summary>
    /// <exception cref="Errors.BrokerException">530: the virtual host, or the user, has as many as it may.</exception>
    ValueTask<IDisposable> ConnectAsync(string user, string virtualHost, CancellationToken cancellationToken);

    /// <summary>Counts a channel until the result is disposed of.</summary>
    /// <exception cref="Errors.BrokerException">530: the user has as many as it may.</exception>
    ValueTask<IDisposable> OpenChannelAsync(string user, CancellationToken cancellationToken);
}

/// <summary>Counts logins, as <c>/api/auth/attempts</c> tells them.</summary>
public interface ILoginAttempts
{
    /// <summary>A login over a protocol succeeded or failed.</summary>
    /// <param name="protocol">The protocol, such as <c>amqp091</c> or <c>http</c>.</param>
    /// <param name="succeeded">Whether it was accepted.</param>
    /// <param name="user">As whom.</param>
    /// <param name="address">From where; empty where that is not known.</param>
    void Count(string protocol, bool succeeded, string user, string address);

    /// <summary>What this silo has counted since the last reset, by protocol.</summary>
    IReadOnlyList<LoginAttempts> List();

    /// <summary>The same by user and address; of very many what came after the first ones is together, without both.</summary>
    IReadOnlyList<LoginSource> ListSources();

    /// <summary>Counts from zero.</summary>
    void Reset();
}

/// <summary>The logins over a protocol.</summary>
/// <param name="Protocol">The protocol, such as <c>amqp091</c> or <c>http</c>.</param>
/// <param name="Succeeded">How many succeeded.</param>
/// <param name="Failed">How many were refused.</param>
[GenerateSerializer, Immutable, Alias("orleansbroker.LoginAttempts")]
public sealed record LoginAttempts([property: Id(0)] string Protocol, [property: Id(1)] long Succeeded, [property: Id(2)] long Failed);

/// <summary>The logins of a user from an address.</summary>
/// <param name="User">As whom.</param>
/// <param name="Address">From where.</param>
/// <param name="Attempts">How many, over which protocol.</param>
[GenerateSerializer, Immutable, Alias("orleansbroker.LoginSource")]
public sealed record LoginSource([property: Id(0)] string User, [property: Id(1)] string Address, [property: Id(2)] LoginAttempts Attempts);
