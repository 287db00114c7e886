using OrleansBroker.ClientLib.Connections;
using OrleansBroker.Grains.Interfaces.Queues;

namespace OrleansBroker.ClientLib.Consuming;

/// <summary>The queues as a client reaches them: through its session, which checks permissions and puts its own id as the host's.</summary>
internal sealed class SessionQueueAccess(Cluster cluster, Session session, ConnectionOptions options) : IQueueAccess
{
    public Guid Host => session.Id;

    public string Name => options.ClientName;

    public string VirtualHost => options.VirtualHost;

    public TimeProvider Time => options.TimeProvider;

    public TimeSpan Patience => options.OpenTimeout;

    public CancellationToken Closing => session.Closing;

    public IConsumer Refer(IConsumer consumer) => cluster.Client.CreateObjectReference<IConsumer>(consumer);

    public void Forget(IConsumer reference) => cluster.Client.DeleteObjectReference<IConsumer>(reference);

    public Task<AttachReply> AttachAsync(string queue, ConsumerAttachment attachment) =>
        session.CallOnceAsync(grain => grain.AttachAsync(queue, attachment));

    public Task DetachAsync(string queue, DetachRequest request, CancellationToken cancellationToken) =>
        session.CallAsync(
            async grain =>
            {
                await grain.DetachAsync(queue, request).ConfigureAwait(false);
                return true;
            },
            cancellationToken);

    public Task<SettleReply> SettleAsync(string queue, SettleBatch batch) =>
        session.CallOnceAsync(grain => grain.SettleAsync(queue, batch));

    public Task<RenewReply> RenewAsync(string queue, RenewRequest request) =>
        session.CallOnceAsync(grain => grain.RenewAsync(queue, request));

    public Task<GetReply> GetAsync(string queue, GetRequest request) =>
        session.CallOnceAsync(grain => grain.GetAsync(queue, request));

    public Task PauseAsync(TimeSpan pause, CancellationToken cancellationToken) => session.PauseAsync(pause, cancellationToken);
}
