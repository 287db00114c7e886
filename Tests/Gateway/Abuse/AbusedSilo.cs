using Microsoft.Extensions.DependencyInjection;
using OrleansBroker.Gateway.Connections;
using OrleansBroker.Tests.Gateway.Wire;
using OrleansBroker.Tests.Native;

namespace OrleansBroker.Tests.Gateway.Abuse;

/// <summary>A broker of little patience and little memory for each connection.</summary>
public sealed class AbusedSilo : GatewaySilo
{
    public const int IncomingBytes = 8 * 1024 * 1024;
    public const int MaxMessageBytes = 2 * 1024 * 1024;

    protected override IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>
    {
        ["Broker:Amqp:HandshakeTimeout"] = "00:00:05",
        ["Broker:Amqp:WriteTimeout"] = "00:00:01",
        ["Broker:Amqp:IncomingBytes"] = $"{IncomingBytes}",
        ["Broker:Amqp:MaxMessageBytes"] = $"{MaxMessageBytes}",
        ["Broker:Amqp:MaxTransactionBytes"] = $"{IncomingBytes}",
    };

    /// <summary>Waits until so many connections are left, at most.</summary>
    public Task UntilConnectionsAsync(int most) => NativeCluster.Until(
        () => Services.GetRequiredService<ConnectionRegistry>().Count <= most, $"{most} connections at most");
}

[CollectionDefinition(Name)]
public sealed class AbusedGateway : ICollectionFixture<AbusedSilo>
{
    public const string Name = "abused gateway";
}
