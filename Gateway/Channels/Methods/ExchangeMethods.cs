using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Gateway.Publishing;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Gateway.Channels.Methods;

/// <summary>Exchanges and bindings between them.</summary>
internal sealed class ExchangeMethods(ChannelScope scope, ChannelPublishing publishing)
{
    private ITopology Topology => scope.Broker.Topology;

    public async Task DeclareAsync(ExchangeDeclare declare)
    {
        var id = scope.Exchange(declare.Exchange);
        if ((declare.Flags & ExchangeDeclareFlags.Passive) != 0)
        {
            await CheckExistsAsync(id);
        }
        else
        {
            await CreateAsync(id, declare);
        }

        Answer(MethodId.ExchangeDeclareOk, (declare.Flags & ExchangeDeclareFlags.NoWait) != 0);
    }

    public async Task DeleteAsync(ExchangeDelete delete)
    {
        var id = scope.Exchange(delete.Exchange);
        await RequireAsync(id, Permission.Configure);
        await Repeated.CallAsync(scope, () => Topology.DeleteExchangeAsync(id, (delete.Flags & ExchangeDeleteFlags.IfUnused) != 0, scope.Ended));
        publishing.ForgetExchanges();
        Answer(MethodId.ExchangeDeleteOk, (delete.Flags & ExchangeDeleteFlags.NoWait) != 0);
    }

    public async Task BindAsync(ExchangeBind bind)
    {
        var binding = await CheckedAsync(bind.Source, bind.Destination, bind.RoutingKey, bind.Arguments);
        await Repeated.CallAsync(scope, () => Topology.BindAsync(binding, scope.Client.Id, scope.Ended));
        Answer(MethodId.ExchangeBindOk, bind.NoWait);
    }

    public async Task UnbindAsync(ExchangeUnbind unbind)
    {
        var binding = await CheckedAsync(unbind.Source, unbind.Destination, unbind.RoutingKey, unbind.Arguments);
        await Repeated.CallAsync(scope, () => Topology.UnbindAsync(binding, scope.Client.Id, scope.Ended));
        Answer(MethodId.ExchangeUnbindOk, unbind.NoWait);
    }

    private async Task CheckExistsAsync(ExchangeId id)
    {
        if (id.Name.Length == 0)
        {
            throw new BrokerException(ReplyCode.AccessRefused, "operation not permitted on the default exchange");
        }

        await scope.Broker.Access.RequireAnyAsync(scope.Client.User, id, scope.Ended);
        await Topology.GetExchangeAsync(id, scope.Ended);
    }

    private async Task CreateAsync(ExchangeId id, ExchangeDeclare declare)
    {
        if (id.Name.Length > 0)
        {
            // The default exchange is refused for what it is, whatever the permissions.
            await RequireAsync(id, Permission.Configure);
        }

        if (declare.Arguments["alternate-exchange"] is string alternate)
        {
            await RequireAsync(id, Permission.Read);
            await RequireAsync(scope.Exchange(alternate), Permission.Write);
        }

        var definition = new ExchangeDefinition
        {
            Id = id,
            Type = declare.Type,
            Durable = (declare.Flags & ExchangeDeclareFlags.Durable) != 0,
            AutoDelete = (declare.Flags & ExchangeDeclareFlags.AutoDelete) != 0,
            Internal = (declare.Flags & ExchangeDeclareFlags.Internal) != 0,
            Arguments = declare.Arguments,
        };
        await Repeated.CallAsync(scope, () => Topology.DeclareExchangeAsync(definition, scope.Ended));
    }

    /// <summary>Binding reads from the source and writes to the destination.</summary>
    private async Task<BindingDefinition> CheckedAsync(string source, string destination, string key, Amqp.Tables.FieldTable arguments)
    {
        var (from, to) = (scope.Exchange(source), scope.Exchange(destination));
        if (from.Name.Length > 0 && to.Name.Length > 0)
        {
            await RequireAsync(to, Permission.Write);
            await RequireAsync(from, Permission.Read);
            await scope.RequireTopicAsync(from, key);
        }

        return new BindingDefinition
        {
            Source = from,
            Destination = new Destination(DestinationKind.Exchange, to.Name),
            RoutingKey = key,
            Arguments = arguments,
        };
    }

    private ValueTask RequireAsync(ExchangeId exchange, Permission permission) =>
        scope.Broker.Access.RequireAsync(scope.Client.User, exchange, permission, scope.Ended);

    private void Answer(MethodId method, bool noWait)
    {
        if (!noWait)
        {
            scope.Output.Write(method);
        }
    }
}
