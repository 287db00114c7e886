using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Sessions;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Tests.Native;

[Collection(OneSilo.Name)]
public sealed class AccessTests(NativeCluster cluster)
{
    private IClusterClient Client => cluster.Cluster.Client;

    [Fact]
    public async Task A_wrong_password_and_an_unknown_user_are_refused_alike()
    {
        var wrong = await Assert.ThrowsAsync<BrokerException>(() => cluster.ConnectAsync(new() { Password = "wrong" }));
        var unknown = await Assert.ThrowsAsync<BrokerException>(() => cluster.ConnectAsync(new() { User = "nobody" }));
        var none = await Assert.ThrowsAsync<BrokerException>(() => cluster.ConnectAsync(new() { Password = null }));

        Assert.Equal("ACCESS_REFUSED - login refused for user 'guest'", wrong.Message);
        Assert.Equal("ACCESS_REFUSED - login refused for user 'nobody'", unknown.Message);
        Assert.Equal(ReplyCode.AccessRefused, none.Code);
    }

    [Fact]
    public async Task A_virtual_host_that_does_not_exist_is_refused()
    {
        var failure = await Assert.ThrowsAsync<BrokerException>(() => cluster.ConnectAsync(new() { VirtualHost = "nowhere" }));
        Assert.Equal(ReplyCode.NotAllowed, failure.Code);
    }

    [Fact]
    public async Task Permissions_bound_what_a_user_may_configure_write_and_read()
    {
        var owner = await cluster.ConnectAsync();
        var queue = NativeCluster.Unique("guarded");
        await owner.CreateQueueAsync(queue);
        await owner.PublishAsync("x", queue: queue);
        var reader = await cluster.ConnectAsync(new() { User = "reader", Password = "reader" });

        var configure = await Assert.ThrowsAsync<BrokerException>(() => reader.CreateQueueAsync("mine"));
        var write = await Assert.ThrowsAsync<BrokerException>(() => reader.PublishAsync("y", queue: queue));
        var bind = await Assert.ThrowsAsync<BrokerException>(() => reader.BindAsync(queue, "amq.direct"));

        Assert.Equal("ACCESS_REFUSED - access to queue 'mine' in vhost '/' refused for user 'reader'", configure.Message);
        Assert.Equal(ReplyCode.AccessRefused, write.Code);
        Assert.Equal($"ACCESS_REFUSED - access to queue '{queue}' in vhost '/' refused for user 'reader'", bind.Message);
        Assert.Equal("x", (await reader.GetAsync(queue, autoAck: true))!.Text);
    }

    [Fact]
    public async Task Another_ones_user_id_is_refused()
    {
        var connection = await cluster.ConnectAsync();

        var failure = await Assert.ThrowsAsync<BrokerException>(
            () => connection.PublishAsync("x", properties: new() { UserId = "root" }));

        Assert.Equal(ReplyCode.PreconditionFailed, failure.Code);
    }

    [Fact]
    public async Task External_clients_reach_no_grain_of_the_broker_but_their_session()
    {
        var queue = Client.GetGrain<IQueueGrain>(new QueueId("/", "default").ToGrainKey());

        var failure = await Assert.ThrowsAsync<BrokerException>(() => queue.PurgeAsync(null));

        Assert.Equal(ReplyCode.AccessRefused, failure.Code);
        await Assert.ThrowsAsync<BrokerException>(
            () => Client.GetGrain<IQueueGrain>("/\nnew").DeclareAsync(new QueueDefinition { Id = new QueueId("/", "new") }));
        var management = queue.AsReference<Orleans.Core.Internal.IGrainManagementExtension>();
        await Assert.ThrowsAsync<BrokerException>(async () => await management.DeactivateOnIdle());
    }

    [Fact]
    public async Task External_clients_deliver_nothing_to_subscribed_grains()
    {
        var subscriber = Client.GetGrain<ISubscriber>(Client.GetGrain<ISubscriberGrain>("x").GetGrainId());
        var forged = new DeliveryBatch
        {
            Consumer = default,
            Epoch = 1,
            FirstDelivery = 1,
            Messages = new MessageBatch(new BrokerMessage("", "", default, "forged"u8.ToArray())),
        };

        await Assert.ThrowsAsync<BrokerException>(() => subscriber.ProcessAsync(default, Guid.NewGuid(), forged));
    }

    [Fact]
    public async Task Grains_of_the_embedding_application_stay_open_to_its_clients()
    {
        Assert.Equal("pong", await Client.GetGrain<IPlainGrain>("x").PingAsync());
    }

    [Fact]
    public async Task A_session_is_not_another_clients()
    {
        var id = Guid.NewGuid();
        var inside = cluster.Cluster.Silos[0].ServiceProvider.GetService(typeof(IGrainFactory)) as IGrainFactory;
        await inside!.GetGrain<ISessionGrain>(id).OpenAsync(new SessionRequest { User = "guest", VirtualHost = "/" });

        var failure = await Assert.ThrowsAsync<BrokerException>(() => Client.GetGrain<ISessionGrain>(id).KeepAliveAsync());

        Assert.Equal("ACCESS_REFUSED - the session is another client's", failure.Message);
    }

    [Fact]
    public async Task A_session_that_is_not_open_does_nothing()
    {
        var session = Client.GetGrain<ISessionGrain>(Guid.NewGuid());

        await Assert.ThrowsAsync<SessionLostException>(() => session.GetQueueAsync("default"));
        await Assert.ThrowsAsync<SessionLostException>(() => session.PublishAsync(RequestOf(1, 1)));
    }

    [Fact]
    public async Task A_batch_that_is_sent_again_is_answered_and_not_published_again()
    {
        var connection = await cluster.ConnectAsync();
        var queue = NativeCluster.Unique("repeat");
        await connection.CreateQueueAsync(queue);
        var session = Client.GetGrain<ISessionGrain>(Guid.NewGuid());
        var info = await session.OpenAsync(new SessionRequest { User = "guest", Password = "guest", VirtualHost = "/" });

        await session.PublishAsync(RequestOf(info.Boot, 1, queue));
        await session.PublishAsync(RequestOf(info.Boot, 1, queue));
        await session.PublishAsync(RequestOf(info.Boot, 2, queue));
        await session.PublishAsync(RequestOf(info.Boot, 1, queue));

        Assert.Equal(2, (await connection.GetQueueAsync(queue)).Messages);
        await Assert.ThrowsAsync<SessionLostException>(() => session.PublishAsync(RequestOf(info.Boot + 1, 3, queue)));
    }

    private static PublishRequest RequestOf(long boot, long number, string queue = "default") => new()
    {
        Boot = boot,
        Number = number,
        Messages = new MessageBatch(new BrokerMessage("", queue, default, new byte[] { 1 })),
    };
}
