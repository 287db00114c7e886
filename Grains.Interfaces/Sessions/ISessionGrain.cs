using OrleansBroker.Grains.Interfaces.Publishing;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Interfaces.Sessions;

/// <summary>
/// One native connection: the only grain of the broker that an external client may call. It checks permissions and passes on. Its key
/// is the connection's id, drawn at random by the client, and it lives on the silo of the client's gateway. Names are of the virtual
/// host that it was opened for. A call to a session that is not open (never was, or its silo died) is a <see cref="SessionLostException"/>.
/// </summary>
[Alias("orleansbroker.ISessionGrain")]
public interface ISessionGrain : IGrainWithGuidKey
{
    /// <summary>Logs in; opening it again with the same login answers as the first time.</summary>
    [Alias("Open"), ResponseTimeout("00:00:10")]
    Task<SessionInfo> OpenAsync(SessionRequest request);

    /// <summary>A sign of life. A session without any for its lease closes itself.</summary>
    [Alias("KeepAlive"), ResponseTimeout("00:00:05")]
    Task KeepAliveAsync();

    /// <summary>Detaches the connection's consumers, returning what they have unsettled, and deletes its exclusive queues.</summary>
    [Alias("Close"), ResponseTimeout("00:00:10")]
    Task CloseAsync();

    /// <summary>Creates an exchange or checks that it is alike.</summary>
    [Alias("DeclareExchange")]
    Task DeclareExchangeAsync(ExchangeDefinition exchange);

    /// <summary>An exchange's definition; 404 where it is missing.</summary>
    [Alias("GetExchange")]
    Task<ExchangeDefinition> GetExchangeAsync(string exchange);

    /// <summary>Deletes an exchange.</summary>
    [Alias("DeleteExchange")]
    Task DeleteExchangeAsync(string exchange, bool ifUnused);

    /// <summary>Creates a queue or checks that it is alike. The session itself is the owner of an exclusive one.</summary>
    [Alias("DeclareQueue")]
    Task<QueueStatus> DeclareQueueAsync(QueueDefinition queue, bool exclusive);

    /// <summary>A queue's status; 404 where it is missing.</summary>
    [Alias("GetQueue")]
    Task<QueueStatus> GetQueueAsync(string queue);

    /// <summary>Deletes a queue and returns how many messages were ready.</summary>
    [Alias("DeleteQueue")]
    Task<long> DeleteQueueAsync(string queue, DeleteQueueOptions options);

    /// <summary>Drops what is ready in a queue and returns how many messages that were.</summary>
    [Alias("Purge")]
    Task<long> PurgeAsync(string queue);

    /// <summary>Adds a binding.</summary>
    [Alias("Bind")]
    Task BindAsync(BindingDefinition binding);

    /// <summary>Removes a binding.</summary>
    [Alias("Unbind")]
    Task UnbindAsync(BindingDefinition binding);

    /// <summary>Publishes a batch and answers when the fate of each message is known.</summary>
    [Alias("Publish"), ResponseTimeout("00:00:15")]
    Task<PublishResult> PublishAsync(PublishRequest request);

    /// <summary>Attaches a consumer of this connection: see <see cref="IQueueGrain.AttachAsync"/>.</summary>
    [Alias("Attach"), ResponseTimeout("00:00:10")]
    Task<AttachReply> AttachAsync(string queue, ConsumerAttachment attachment);

    /// <summary>Detaches a consumer: see <see cref="IQueueGrain.DetachAsync"/>.</summary>
    [Alias("Detach"), ResponseTimeout("00:00:10")]
    Task DetachAsync(string queue, DetachRequest request);

    /// <summary>Settles deliveries and grants credit: see <see cref="IQueueGrain.SettleAsync"/>.</summary>
    [Alias("Settle"), ResponseTimeout("00:00:05")]
    Task<SettleReply> SettleAsync(string queue, SettleBatch batch);

    /// <summary>Renews the leases of the connection's consumers of a queue: see <see cref="IQueueGrain.RenewAsync"/>.</summary>
    [Alias("Renew"), ResponseTimeout("00:00:05")]
    Task<RenewReply> RenewAsync(string queue, RenewRequest request);

    /// <summary>Takes one message, if there is one: see <see cref="IQueueGrain.GetAsync"/>.</summary>
    [Alias("Get"), ResponseTimeout("00:00:10")]
    Task<GetReply> GetAsync(string queue, GetRequest request);

    /// <summary>Adds or updates a grain's durable subscription.</summary>
    [Alias("Subscribe")]
    Task SubscribeAsync(string queue, GrainSubscription subscription);

    /// <summary>Removes a grain's durable subscription.</summary>
    [Alias("Unsubscribe")]
    Task UnsubscribeAsync(string queue, Guid subscription);
}
