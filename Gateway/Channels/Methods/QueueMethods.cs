using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Replies;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Gateway.Channels.Methods;

/// <summary>Queues and their bindings.</summary>
internal sealed class QueueMethods(ChannelScope scope)
{
    // The server's names differ only behind this: permissions are asked for one of them.
    private const string ServerNamed = "amq.gen-AAAAAAAAAAAAAAAAAAAAAA";

    private ITopology Topology => scope.Broker.Topology;

    private Guid Connection => scope.Client.Id;

    public async Task DeclareAsync(QueueDeclare declare)
    {
        // An empty name is no short form here, as it is none in RabbitMQ.
        var id = new QueueId(scope.Client.VirtualHost, ChannelScope.Clean(declare.Queue));
        var status = IsReplyAddress(id) ? await FindRequesterAsync(id)
            : (declare.Flags & QueueDeclareFlags.Passive) != 0 ? await FindAsync(id)
            : await CreateAsync(declare);
        var name = status.Definition.Id.Name;
        scope.Declared(name);
        if ((declare.Flags & QueueDeclareFlags.NoWait) == 0)
        {
            scope.Output.Write(new QueueDeclareOk(name, (uint)Math.Min(status.Ready, uint.MaxValue), (uint)status.Consumers));
        }
    }

    public async Task BindAsync(QueueBind bind)
    {
        var queue = scope.Queue(bind.Queue);
        // With neither queue nor key the key is the queue's name (row 1.26).
        var key = bind.Queue.Length == 0 && bind.RoutingKey.Length == 0 ? queue.Name : bind.RoutingKey;
        var binding = await CheckedAsync(queue, bind.Exchange, key, bind.Arguments);
        await Repeated.CallAsync(scope, () => Topology.BindAsync(binding, Connection, scope.Ended));
        Answer(MethodId.QueueBindOk, bind.NoWait);
    }

    public async Task UnbindAsync(QueueUnbind unbind)
    {
        var queue = scope.Queue(unbind.Queue);
        var key = unbind.Queue.Length == 0 && unbind.RoutingKey.Length == 0 ? queue.Name : unbind.RoutingKey;
        var binding = await CheckedAsync(queue, unbind.Exchange, key, unbind.Arguments);
        await Repeated.CallAsync(scope, () => Topology.UnbindAsync(binding, Connection, scope.Ended));
        Answer(MethodId.QueueUnbindOk, noWait: false);
    }

    public async Task PurgeAsync(QueuePurge purge)
    {
        var id = scope.Queue(purge.Queue);
        await RequireAsync(id, Permission.Read);
        var grain = scope.Broker.Grains.GetGrain<IQueueGrain>(id.ToGrainKey());
        var dropped = await Repeated.CallAsync(scope, () => grain.PurgeAsync(Connection));
        if (!purge.NoWait)
        {
            scope.Output.Write(new QueuePurgeOk((uint)Math.Min(dropped, uint.MaxValue)));
        }
    }

    public async Task DeleteAsync(QueueDelete delete)
    {
        var id = scope.Queue(delete.Queue);
        await RequireAsync(id, Permission.Configure);
        var options = new DeleteQueueOptions
        {
            IfUnused = (delete.Flags & QueueDeleteFlags.IfUnused) != 0,
            IfEmpty = (delete.Flags & QueueDeleteFlags.IfEmpty) != 0,
            Connection = Connection,
        };
        var ready = await Repeated.CallAsync(scope, () => Topology.DeleteQueueAsync(id, options, scope.Ended));
        scope.Exclusive.Remove(id);
        if ((delete.Flags & QueueDeleteFlags.NoWait) == 0)
        {
            scope.Output.Write(new QueueDeleteOk((uint)Math.Min(ready, uint.MaxValue)));
        }
    }

    private static bool IsReplyAddress(QueueId id) => id.Name == ReplyAddress.PseudoQueue || ReplyAddress.Is(id.Name);

    /// <summary>Declaring a reply address, passively or not, asks whether the requester still waits (row 2.36).</summary>
    private async Task<QueueStatus> FindRequesterAsync(QueueId id) =>
        id.Name == ReplyAddress.PseudoQueue || await scope.Broker.Replies.IsAliveAsync(id.VirtualHost, id.Name)
            ? new QueueStatus { Definition = new QueueDefinition { Id = id }, Consumers = 1 }
            : throw new BrokerException(ReplyCode.NotFound, $"no {id}");

    /// <summary>Any permission will do, as it changes nothing; none would let names be guessed.</summary>
    private async Task<QueueStatus> FindAsync(QueueId id)
    {
        await scope.Broker.Access.RequireAnyAsync(scope.Client.User, id, scope.Ended);
        return await Repeated.CallAsync(scope, () => Topology.GetQueueAsync(id, Connection, scope.Ended));
    }

    private async Task<QueueStatus> CreateAsync(QueueDeclare declare)
    {
        var name = ChannelScope.Clean(declare.Queue);
        var checkedId = new QueueId(scope.Client.VirtualHost, name.Length == 0 ? ServerNamed : name);
        await RequireAsync(checkedId, Permission.Configure);
        if (declare.Arguments["x-dead-letter-exchange"] is string deadLetters)
        {
            await RequireAsync(checkedId, Permission.Read);
            await RequireAsync(scope.Exchange(deadLetters), Permission.Write);
        }

        var exclusive = (declare.Flags & QueueDeclareFlags.Exclusive) != 0;
        var definition = new QueueDefinition
        {
            Id = new QueueId(scope.Client.VirtualHost, name),
            // What goes with its connection outlives nothing, whatever it is declared as: RabbitMQ sees it so, too.
            Durable = !exclusive && (declare.Flags & QueueDeclareFlags.Durable) != 0,
            AutoDelete = (declare.Flags & QueueDeclareFlags.AutoDelete) != 0,
            ExclusiveOwner = exclusive ? new ConnectionOwner(Connection, scope.Broker.Silo) : null,
            Arguments = declare.Arguments,
        };
        var status = await Repeated.CallAsync(scope, () => Topology.DeclareQueueAsync(definition, scope.Ended));
        if (exclusive)
        {
            scope.Exclusive.Add(status.Definition.Id);
        }

        return status;
    }

    /// <summary>Binding reads from the exchange and writes to the queue.</summary>
    private async Task<BindingDefinition> CheckedAsync(QueueId queue, string exchange, string key, FieldTable arguments)
    {
        var source = scope.Exchange(exchange);
        await RequireAsync(queue, Permission.Write);
        if (source.Name.Length > 0)
        {
            // The default exchange is refused for what it is, whatever the permissions.
            await RequireAsync(source, Permission.Read);
            await scope.RequireTopicAsync(source, key);
        }

        return new BindingDefinition
        {
            Source = source,
            Destination = new Destination(DestinationKind.Queue, queue.Name),
            RoutingKey = key,
            Arguments = arguments,
        };
    }

    private ValueTask RequireAsync(QueueId queue, Permission permission) =>
        scope.Broker.Access.RequireAsync(scope.Client.User, queue, permission, scope.Ended);

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
