namespace OrleansBroker.Storage.PostgreSql.Writing;

/// <summary>What the writers are given from outside.</summary>
internal sealed record StoreSurroundings(IFailStop FailStop, StoreMetrics Metrics);
