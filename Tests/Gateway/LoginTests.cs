using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Access;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Tests.Gateway.Wire;

namespace OrleansBroker.Tests.Gateway;

/// <summary>Users, virtual hosts and permissions of a configuration, as clients meet them.</summary>
public sealed class LoginTests(LoginTests.Configured silo) : IClassFixture<LoginTests.Configured>
{
    [Fact]
    public async Task A_storm_of_logins_verifies_one_password_once()
    {
        var verified = 0L;
        using var listener = new MeterListener();
        listener.SetMeasurementEventCallback<long>((_, count, _, _) => Interlocked.Add(ref verified, count));
        listener.InstrumentPublished = (instrument, listening) =>
        {
            // Other silos of this process have meters of the same name.
            if (instrument.Name == "orleansbroker.access.passwords" && instrument.Meter.Scope == silo.Services.GetRequiredService<IMeterFactory>())
            {
                listening.EnableMeasurementEvents(instrument);
            }
        };
        listener.Start();
        var clients = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => WireClient.OpenAsync(silo.Port, "hashed", "orders")));
        foreach (var client in clients)
        {
            await client.DisposeAsync();
        }

        Assert.Equal(1, Interlocked.Read(ref verified));
    }

    [Fact]
    public async Task Configured_virtual_hosts_are_there_with_what_each_begins_with()
    {
        await using var client = await WireClient.OpenAsync(silo.Port, virtualHost: "billing");
        await client.OpenChannelAsync();
        await client.SendAsync(1, new ExchangeDeclare("amq.topic", "topic", ExchangeDeclareFlags.Passive, FieldTable.Empty));
        await client.ExpectAsync(MethodId.ExchangeDeclareOk);
        await client.SendAsync(1, new QueueDeclare("default", QueueDeclareFlags.Passive, FieldTable.Empty));
        await client.ExpectAsync(MethodId.QueueDeclareOk);
    }

    [Fact]
    public async Task Permissions_for_a_virtual_host_that_is_not_there_are_told_at_start()
    {
        var log = new RecordingLog<PermissionCheck>();
        var options = silo.Services.GetRequiredService<IOptions<AccessOptions>>();
        await new PermissionCheck(options, silo.Services.GetRequiredService<ITopology>(), log).CheckAsync(default);
        var warning = Assert.Single(log.At(LogLevel.Warning));
        Assert.Contains("User hashed has permissions for virtual host 'oders'", warning);
    }

    [Theory]
    [InlineData("admin", false)]
    [InlineData("deputy", true)]
    public async Task Only_an_impersonator_publishes_in_another_ones_name(string user, bool may)
    {
        await using var client = await WireClient.OpenAsync(silo.Port, user);
        await client.OpenChannelAsync();
        await client.SendAsync(1, new QueueDeclare("", QueueDeclareFlags.Exclusive, FieldTable.Empty));
        var queue = (await client.ExpectAsync<QueueDeclareOk>()).Queue;
        var properties = BasicPropertiesWriter.ToArray(new BasicProperties { UserId = "root" });
        await client.PublishAsync("", queue, "signed", properties: properties);
        if (may)
        {
            await client.SendAsync(1, new BasicGet("", true));
            await client.ExpectAsync(MethodId.BasicGetOk);
            Assert.Equal("root", BasicPropertiesReader.Read((await client.ReadContentAsync()).Properties).UserId);
        }
        else
        {
            await client.ExpectChannelErrorAsync(
                406, $"PRECONDITION_FAILED - user_id property set to 'root' but authenticated user was '{user}'");
        }
    }

    public sealed class Configured : GatewaySilo
    {
        protected override IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>
        {
            // The whole storm is opened within the handshake's time, also where the machine has other things to do.
            ["Broker:Amqp:HandshakeTimeout"] = "00:01:00",
            ["Broker:Topology:VirtualHosts"] = "orders, billing",
            ["Broker:Access:Users:hashed:PasswordHash"] = PasswordHash.Create("hashed"),
            ["Broker:Access:Users:hashed:Permissions:orders:Read"] = ".*",
            ["Broker:Access:Users:hashed:Permissions:oders:Read"] = ".*",
            ["Broker:Access:Users:admin:Password"] = "admin",
            ["Broker:Access:Users:admin:Tags"] = "administrator",
            ["Broker:Access:Users:admin:Permissions:*:Read"] = ".*",
            ["Broker:Access:Users:deputy:Password"] = "deputy",
            ["Broker:Access:Users:deputy:Tags"] = "administrator, impersonator",
            ["Broker:Access:Users:deputy:Permissions:*:Read"] = ".*",
        };
    }
}
