using Microsoft.AspNetCore.Http;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Management.Api;
using OrleansBroker.Management.Clients;
using OrleansBroker.Management.Exchanges;
using OrleansBroker.Management.Json;
using OrleansBroker.Management.Listing;

namespace OrleansBroker.Management.Queues;

/// <summary>Queues. Lists read the store, and ask the queues that are active; none is activated by them.</summary>
internal sealed class QueueEndpoints(
    ITopology topology, IAccessControl access, IClusterActivity activity, IGrainFactory grains, QueueItems items, QueuePages pages,
    ConsumerItems consumers) : IApiArea
{
    public void Map(ApiRoutes routes)
    {
        var item = ManagementJson.Default.QueueItem;
        routes.Get("queues", ListAsync).DescribeList("The queues of all virtual hosts.", item);
        routes.Get("queues/{vhost}", ListAsync).DescribeList("The queues of a virtual host.", item);
        routes.Get("queues/{vhost}/{queue}", GetAsync).Describe("A queue, with its consumers.", returns: item);
        routes.Put("queues/{vhost}/{queue}", PutAsync).Describe("Declares a queue.", ManagementJson.Default.QueueDeclaration);
        routes.Delete("queues/{vhost}/{queue}", DeleteAsync)
            .Describe("Deletes a queue; with if-empty=true or if-unused=true only one that has no messages or consumers.");
        routes.Delete("queues/{vhost}/{queue}/contents", PurgeAsync).Describe("Drops the messages that are ready.");
        routes.Post("queues/{vhost}/{queue}/actions", ActAsync).Describe("Does nothing: there are no mirrors to synchronise.", ManagementJson.Default.QueueAction);
        routes.Post("rebalance/queues", static _ => Task.FromResult(ApiResults.NoContent), ApiAccess.Administrator)
            .Describe("Does nothing: queues are placed when they are used.");
    }

    private async Task<IResult> ListAsync(ApiRequest request)
    {
        var virtualHosts = await request.VirtualHostsAsync();
        var detail = !request.Flag("disable_stats") ? QueueDetail.Statistics : request.Flag("enable_queue_totals") ? QueueDetail.Totals : QueueDetail.Definitions;
        return Lists.Answer(request, new ListSource<QueueDefinition, QueueItem>
        {
            Rows = virtualHosts.ToAsyncEnumerable().SelectMany(virtualHost => topology.ListQueuesAsync(virtualHost, request.Cancellation)),
            IsByName = virtualHosts.Count == 1,
            ReadPage = (query, cancellation) => pages.ReadAsync(virtualHosts, query, cancellation),
            Name = static queue => queue.Id.Name,
            Expand = (queues, cancellation) => items.OfAsync(queues, detail, cancellation),
            Type = ManagementJson.Default.QueueItem,
        });
    }

    private async Task<IResult> GetAsync(ApiRequest request)
    {
        var queue = await RequireAsync(request);
        var item = (await items.OfAsync([queue], QueueDetail.Statistics, request.Cancellation))[0];
        var channels = await activity.ListChannelsAsync(request.Cancellation);
        var details = await consumers.OfAsync(channels, queue.Id, request.Cancellation);
        var owner = queue.ExclusiveOwner is { } exclusive
            ? (await activity.ListConnectionsAsync(request.Cancellation)).FirstOrDefault(connection => connection.Id == exclusive.Connection)
            : null;
        return ApiResults.Json(
            request,
            item with
            {
                SingleActiveConsumerTag = details.FirstOrDefault(static consumer => consumer.ActivityStatus == ConsumerItem.SingleActive)?.ConsumerTag,
                ConsumerDetails = details,
                Incoming = [.. (await activity.ReadRoutesToAsync(queue.Id, request.Cancellation)).Select(RouteItem.From)],
                Deliveries = ChannelFlows.FromQueue(channels, queue.Id),
                OwnerPidDetails = owner is null ? null : new OwnerItem(owner.Name, owner.Peer.Host, owner.Peer.Port),
            },
            ManagementJson.Default.QueueItem);
    }

    private async Task<IResult> PutAsync(ApiRequest request)
    {
        var id = new QueueId(await request.VirtualHostAsync(), request.Name("queue"));
        var declaration = await request.ReadAsync(ManagementJson.Default.QueueDeclaration);
        var arguments = declaration.Arguments ?? FieldTable.Empty;
        var user = request.User.Name;
        await access.RequireAsync(user, id, Permission.Configure, request.Cancellation);
        if (arguments["x-dead-letter-exchange"] is string deadLetters)
        {
            await access.RequireAsync(user, id, Permission.Read, request.Cancellation);
            await access.RequireAsync(user, new ExchangeId(id.VirtualHost, deadLetters), Permission.Write, request.Cancellation);
        }

        var isNew = await topology.FindQueueAsync(id, request.Cancellation) is null;
        await topology.DeclareQueueAsync(
            new QueueDefinition { Id = id, Durable = declaration.Durable, AutoDelete = declaration.AutoDelete, Arguments = arguments }, request.Cancellation);
        return ApiResults.CreatedOrNot(isNew);
    }

    private async Task<IResult> DeleteAsync(ApiRequest request)
    {
        var queue = await RequireAsync(request);
        await access.RequireAsync(request.User.Name, queue.Id, Permission.Configure, request.Cancellation);
        var options = new DeleteQueueOptions { IfEmpty = request.Flag("if-empty"), IfUnused = request.Flag("if-unused") };
        await topology.DeleteQueueAsync(queue.Id, options, request.Cancellation);
        return ApiResults.NoContent;
    }

    private async Task<IResult> PurgeAsync(ApiRequest request)
    {
        var queue = await RequireAsync(request);
        await access.RequireAsync(request.User.Name, queue.Id, Permission.Read, request.Cancellation);
        await grains.GetGrain<IQueueGrain>(queue.Id.ToGrainKey()).PurgeAsync(null).WaitAsync(request.Cancellation);
        return ApiResults.NoContent;
    }

    private async Task<IResult> ActAsync(ApiRequest request)
    {
        var queue = await RequireAsync(request);
        await access.RequireAsync(request.User.Name, queue.Id, Permission.Configure, request.Cancellation);
        var action = (await request.ReadAsync(ManagementJson.Default.QueueAction)).Action;
        return action is "sync" or "cancel_sync"
            ? ApiResults.NoContent
            : throw ApiException.BadRequest(action is null ? "[{key_missing,action}]" : $"action is '{action}'; allowed: sync, cancel_sync");
    }

    private async Task<QueueDefinition> RequireAsync(ApiRequest request) =>
        await topology.RequireQueueAsync(new QueueId(await request.VirtualHostAsync(), request.Name("queue")), request.Cancellation);
}
