using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Gateway.Publishing;
using OrleansBroker.Grains.Interfaces.Errors;

namespace OrleansBroker.Gateway.Channels.Methods;

/// <summary>The two ways to know what became of publishes: <c>tx</c> and <c>confirm</c>. A channel has one of them.</summary>
internal sealed class TransactionMethods(ChannelScope scope, ChannelPublishing publishing)
{
    public Task SelectConfirmsAsync(ConfirmSelect select)
    {
        publishing.SelectConfirms();
        if (!select.NoWait)
        {
            scope.Output.Write(MethodId.ConfirmSelectOk);
        }

        return Task.CompletedTask;
    }

    public Task SelectAsync(byte[] payload)
    {
        MethodReader.DecodeEmpty(payload);
        publishing.SelectTransactions();
        scope.Consuming.TxSelect();
        scope.Output.Write(MethodId.TxSelectOk);
        return Task.CompletedTask;
    }

    public async Task CommitAsync(byte[] payload)
    {
        Check(payload);
        await publishing.CommitAsync();
        await scope.Consuming.TxCommitAsync(scope.Ended);
        scope.Output.Write(MethodId.TxCommitOk);
    }

    public Task RollbackAsync(byte[] payload)
    {
        Check(payload);
        publishing.Rollback();
        scope.Consuming.TxRollback();
        scope.Output.Write(MethodId.TxRollbackOk);
        return Task.CompletedTask;
    }

    private void Check(byte[] payload)
    {
        MethodReader.DecodeEmpty(payload);
        if (!publishing.IsTransactional)
        {
            throw new BrokerException(ReplyCode.PreconditionFailed, "channel is not transactional");
        }
    }
}
