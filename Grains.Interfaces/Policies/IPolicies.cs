using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Interfaces.Policies;

/// <summary>
/// Policies, to be listed and changed while the broker runs. A change is answered when every silo, every queue that is open and every
/// routing table goes by it; queues that sleep stay asleep.
/// </summary>
public interface IPolicies
{
    /// <summary>The policy, or null.</summary>
    ValueTask<Policy?> FindAsync(PolicyKind kind, string virtualHost, string name, CancellationToken cancellationToken);

    /// <summary>All policies of a kind by virtual host and name; of one virtual host, or all where that is null.</summary>
    ValueTask<IReadOnlyList<Policy>> ListAsync(PolicyKind kind, string? virtualHost, CancellationToken cancellationToken);

    /// <summary>Creates or replaces policies, all or none.</summary>
    /// <returns>Whether the first of them is new.</returns>
    /// <exception cref="Errors.BrokerException">404: there is no such virtual host; 406, in RabbitMQ's words: a value cannot be.</exception>
    Task<bool> PutAsync(IReadOnlyList<Policy> policies, CancellationToken cancellationToken);

    /// <summary>Deletes the policy; false where there is none.</summary>
    Task<bool> DeleteAsync(PolicyKind kind, string virtualHost, string name, CancellationToken cancellationToken);

    /// <summary>What holds for the queue.</summary>
    ValueTask<EffectivePolicy> OfAsync(QueueDefinition queue, CancellationToken cancellationToken);

    /// <summary>What holds for the exchange.</summary>
    ValueTask<EffectivePolicy> OfAsync(ExchangeDefinition exchange, CancellationToken cancellationToken);
}
