namespace OrleansBroker.FaultLab.Cluster;

/// <summary>How a silo is started.</summary>
internal sealed record SiloSettings
{
    /// <summary>Where it runs.</summary>
    public required Machine Machine { get; init; }

    /// <summary>Its ports.</summary>
    public required SiloPorts Ports { get; init; }

    /// <summary>Its working directory.</summary>
    public required string Folder { get; init; }

    /// <summary>The file of what it says.</summary>
    public required string Log { get; init; }

    /// <summary>Whether its clock is moved: then the lab hosts it, else the product's own program.</summary>
    public required bool MovesClock { get; init; }

    /// <summary>Settings of the store and of failure detection.</summary>
    public required IReadOnlyList<string> Settings { get; init; }

    /// <summary>The program and its arguments.</summary>
    public IEnumerable<string> CommandLine =>
    [
        "dotnet",
        // Both lie beside the lab's own program.
        .. MovesClock ? new[] { Program("FaultLab"), "silo" } : [Program("Silo")],
        "--Broker:Amqp:Address", Machine.Address,
        "--Broker:Amqp:Port", $"{Ports.Amqp}",
        "--Broker:Management:Address", Machine.Address,
        "--Broker:Management:Port", $"{Ports.Http}",
        "--Broker:Silo:GatewayAddress", Machine.Address,
        "--Broker:Silo:GatewayPort", $"{Ports.Gateway}",
        "--Broker:Silo:Port", $"{Ports.Silo}",
        "--Broker:Prometheus:Port", "0",
        .. Settings,
    ];

    private static string Program(string project) => Path.Combine(AppContext.BaseDirectory, $"OrleansBroker.{project}.dll");
}
