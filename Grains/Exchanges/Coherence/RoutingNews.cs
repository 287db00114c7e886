using OrleansBroker.Grains.Interfaces.Exchanges;

namespace OrleansBroker.Grains.Exchanges.Coherence;

/// <summary>What every silo that routes has to hear before a change of the topology is answered.</summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.RoutingNews")]
internal sealed class RoutingNews
{
    /// <summary>Changes of exchanges, in their order.</summary>
    [Id(0)] public IReadOnlyList<RoutingTableChange> Changes { get; init; } = [];

    /// <summary>A virtual host that does not exist any more; null where none was deleted.</summary>
    [Id(1)] public string? DeletedVirtualHost { get; init; }

    /// <summary>Whether users, permissions, virtual hosts' settings or policies changed: they are to be read anew.</summary>
    [Id(2)] public bool SettingsChanged { get; init; }
}

/// <summary>Takes news in on one silo.</summary>
internal interface IRoutingNewsHandler
{
    /// <summary>Completes when this silo routes by the news.</summary>
    ValueTask HandleAsync(RoutingNews news);
}
