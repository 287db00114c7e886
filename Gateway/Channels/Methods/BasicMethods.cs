using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Grains.Interfaces.Errors;

namespace OrleansBroker.Gateway.Channels.Methods;

/// <summary>Consuming, and the few methods about the channel itself.</summary>
internal sealed class BasicMethods(ChannelScope scope)
{
    public Task ConsumeAsync(BasicConsume consume) => scope.Consuming.ConsumeAsync(consume, scope.Queue(consume.Queue).Name, scope.Ended);

    public Task CancelAsync(BasicCancel cancel) => scope.Consuming.CancelAsync(cancel, scope.Ended);

    public Task GetAsync(BasicGet get) => scope.Consuming.GetAsync(get, scope.Queue(get.Queue).Name, scope.Ended);

    public Task QosAsync(BasicQos qos)
    {
        scope.Consuming.Qos(qos);
        scope.Output.Write(MethodId.BasicQosOk);
        return Task.CompletedTask;
    }

    public async Task RecoverAsync(BasicRecover recover)
    {
        await scope.Consuming.RecoverAsync(recover.Requeue, scope.Ended);
        scope.Output.Write(MethodId.BasicRecoverOk);
    }

    // The older form has no answer.
    public Task RecoverAsync(BasicRecoverAsync recover) => scope.Consuming.RecoverAsync(recover.Requeue, scope.Ended);

    public Task FlowAsync(ChannelFlow flow)
    {
        if (!flow.Active && !scope.Broker.Options.PauseOnFlow)
        {
            throw new BrokerException(ReplyCode.NotImplemented, "active=false");
        }

        scope.Consuming.SetFlow(flow.Active);
        return Task.CompletedTask;
    }

    // Deprecated: a ticket is given and never looked at (row 1.20).
    public Task RequestAccessAsync(AccessRequest _)
    {
        scope.Output.Write(new AccessRequestOk(1));
        return Task.CompletedTask;
    }
}
