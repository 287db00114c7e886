using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using OrleansBroker.ClientLib;

namespace OrleansBroker.Tests.SiloProcesses;

/// <summary>A silo that other machines reach.</summary>
[Collection(SiloProcessCollection.Name)]
public sealed class AddressTests
{
    [Fact]
    public async Task A_native_client_of_another_machine_opens_the_address_that_a_silo_advertises()
    {
        var address = OwnAddress();
        await using var silo = new SiloProcess("--Broker:Silo:GatewayAddress", "0.0.0.0", "--Broker:Silo:AdvertisedAddress", $"{address}")
        {
            // The guest is let in over loopback only.
            Environment = new Dictionary<string, string> { ["RABBITMQ_DEFAULT_USER"] = "traveller", ["RABBITMQ_DEFAULT_PASS"] = "far away" },
        };
        await silo.StartAsync();
        await using var connection = await Connection.OpenAsync(
            $"{address}:{silo.GatewayPort}", new ConnectionOptions { User = "traveller", Password = "far away" });
        await connection.CreateQueueAsync("from-afar");
        await connection.PublishAsync("hello", queue: "from-afar");
        Assert.Equal(1, (await connection.GetQueueAsync("from-afar")).Messages);
    }

    // As another machine would see it: one that is not loopback, where this machine has one.
    private static IPAddress OwnAddress() => NetworkInterface.GetAllNetworkInterfaces()
        .Where(network => network.OperationalStatus == OperationalStatus.Up)
        .SelectMany(network => network.GetIPProperties().UnicastAddresses)
        .Select(unicast => unicast.Address)
        .FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address)) ?? IPAddress.Loopback;
}
