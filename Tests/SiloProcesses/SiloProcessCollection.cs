namespace OrleansBroker.Tests.SiloProcesses;

/// <summary>Tests that start processes run alone: they measure time, and they would starve those beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class SiloProcessCollection
{
    public const string Name = "Silo processes";
}
