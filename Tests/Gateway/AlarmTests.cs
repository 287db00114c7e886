using Microsoft.Extensions.DependencyInjection;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Gateway.Alarms;
using OrleansBroker.Tests.Gateway.Wire;

namespace OrleansBroker.Tests.Gateway;

/// <summary>What the broker does with all connections at once: alarms, and its own end.</summary>
public sealed class AlarmTests : IClassFixture<AlarmTests.WithoutWatch>
{
    private static readonly FieldTable ToldOfBlocks = new([new("capabilities", new FieldTable([new("connection.blocked", true)]))]);

    private readonly WithoutWatch _silo;

    public AlarmTests(WithoutWatch silo) => _silo = silo;

    [Fact]
    public async Task Publishers_are_blocked_while_an_alarm_lasts_and_told_so_and_others_are_not()
    {
        await using var publisher = await WireClient.OpenAsync(_silo.Port, properties: ToldOfBlocks);
        await using var other = await WireClient.OpenAsync(_silo.Port, properties: ToldOfBlocks);
        await publisher.OpenChannelAsync();
        await other.OpenChannelAsync();
        var alarms = _silo.Services.GetRequiredService<ResourceAlarms>();
        await alarms.StopAsync(CancellationToken.None);
        alarms.Set("low on memory");
        await publisher.PublishAsync("amq.direct", "k", "x");
        Assert.Equal("low on memory", (await publisher.ExpectAsync<ConnectionBlocked>()).Reason);
        await other.SendAsync(1, new QueueDeclare("", QueueDeclareFlags.Exclusive, FieldTable.Empty));
        await other.ExpectAsync(MethodId.QueueDeclareOk);
        await publisher.SendAsync(1, new ConfirmSelect(NoWait: false));
        alarms.Set(null);
        await publisher.ExpectAsync(MethodId.ConnectionUnblocked);
        await publisher.ExpectAsync(MethodId.ConfirmSelectOk);

        var stopped = _silo.StopAsync();
        await other.ExpectConnectionErrorAsync(320, "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'");
        await publisher.ExpectConnectionErrorAsync(320, "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'");
        await stopped;
    }

    public sealed class WithoutWatch : GatewaySilo;
}
