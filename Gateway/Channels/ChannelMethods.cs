using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Gateway.Channels.Methods;
using OrleansBroker.Gateway.Publishing;

namespace OrleansBroker.Gateway.Channels;

/// <summary>Which handler a method of a channel goes to. Publishes and settlements do not come here.</summary>
internal sealed class ChannelMethods(ChannelScope scope, ChannelPublishing publishing)
{
    private readonly ExchangeMethods _exchange = new(scope, publishing);
    private readonly QueueMethods _queue = new(scope);
    private readonly BasicMethods _basic = new(scope);
    private readonly TransactionMethods _transaction = new(scope, publishing);

    /// <summary>Completes when the publishes and settlements so far have been applied, and an answer has room.</summary>
    public async Task ReadyAsync()
    {
        await publishing.DrainAsync();
        if (scope.HasConsumed)
        {
            await scope.Consuming.FlushAsync(scope.Ended);
        }

        if (scope.Output.IsFull)
        {
            await scope.Output.WaitForRoomAsync(scope.Ended);
        }
    }

    /// <summary>Carries a method out.</summary>
    public Task RunAsync(MethodId method, byte[] payload) => method switch
    {
        MethodId.ExchangeDeclare => _exchange.DeclareAsync(MethodReader.Decode<ExchangeDeclare>(payload)),
        MethodId.ExchangeDelete => _exchange.DeleteAsync(MethodReader.Decode<ExchangeDelete>(payload)),
        MethodId.ExchangeBind => _exchange.BindAsync(MethodReader.Decode<ExchangeBind>(payload)),
        MethodId.ExchangeUnbind => _exchange.UnbindAsync(MethodReader.Decode<ExchangeUnbind>(payload)),
        MethodId.QueueDeclare => _queue.DeclareAsync(MethodReader.Decode<QueueDeclare>(payload)),
        MethodId.QueueBind => _queue.BindAsync(MethodReader.Decode<QueueBind>(payload)),
        MethodId.QueueUnbind => _queue.UnbindAsync(MethodReader.Decode<QueueUnbind>(payload)),
        MethodId.QueuePurge => _queue.PurgeAsync(MethodReader.Decode<QueuePurge>(payload)),
        MethodId.QueueDelete => _queue.DeleteAsync(MethodReader.Decode<QueueDelete>(payload)),
        MethodId.BasicQos => _basic.QosAsync(MethodReader.Decode<BasicQos>(payload)),
        MethodId.BasicConsume => _basic.ConsumeAsync(MethodReader.Decode<BasicConsume>(payload)),
        MethodId.BasicCancel => _basic.CancelAsync(MethodReader.Decode<BasicCancel>(payload)),
        MethodId.BasicGet => _basic.GetAsync(MethodReader.Decode<BasicGet>(payload)),
        MethodId.BasicRecover => _basic.RecoverAsync(MethodReader.Decode<BasicRecover>(payload)),
        MethodId.BasicRecoverAsync => _basic.RecoverAsync(MethodReader.Decode<BasicRecoverAsync>(payload)),
        MethodId.ConfirmSelect => _transaction.SelectConfirmsAsync(MethodReader.Decode<ConfirmSelect>(payload)),
        MethodId.TxSelect => _transaction.SelectAsync(payload),
        MethodId.TxCommit => _transaction.CommitAsync(payload),
        MethodId.TxRollback => _transaction.RollbackAsync(payload),
        MethodId.ChannelFlow => _basic.FlowAsync(MethodReader.Decode<ChannelFlow>(payload)),
        // What answers a method of the server's, and a cancel that is confirmed twice, asks for nothing.
        MethodId.ChannelFlowOk or MethodId.ChannelCloseOk or MethodId.BasicCancelOk => Task.CompletedTask,
        MethodId.AccessRequest => _basic.RequestAccessAsync(MethodReader.Decode<AccessRequest>(payload)),
        _ => throw new AmqpErrorException(AmqpError.Unhandled(method)),
    };
}
