using Microsoft.AspNetCore.Http;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Publishing;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Management.Api;

namespace OrleansBroker.Management.Transfers;

/// <summary>Moves messages from queue to queue. RabbitMQ has a plugin for that, the shovel; there is no such operation in its API.</summary>
internal sealed class TransferEndpoints(ITopology topology, IAccessControl access, IPublisher publisher, IGrainFactory grains, TimeProvider time) : IApiArea
{
    private const int MostMessages = 10_000;
    private const int DefaultMessages = 1_000;

    public void Map(ApiRoutes routes)
    {
        routes.Post("queues/{vhost}/{queue}/move", MoveAsync).Describe(
            "Moves up to count messages (1,000 where it is missing) to the end of the queue destination, which confirms each before it leaves here.",
            TransferJson.Default.TransferRequest, TransferJson.Default.TransferOutcome);
        routes.Post("queues/{vhost}/{queue}/redrive", RedriveAsync).Describe(
            "Moves up to count dead letters (1,000 where it is missing) back to the queues where they died first; what is no dead letter stays.",
            TransferJson.Default.TransferRequest, TransferJson.Default.TransferOutcome);
    }

    private async Task<IResult> MoveAsync(ApiRequest request)
    {
        var (source, asked) = await ReadAsync(request);
        if (string.IsNullOrEmpty(asked.Destination))
        {
            throw ApiException.BadRequest("destination is missing: the name of a queue in the same virtual host");
        }

        if (asked.Destination == source.Name)
        {
            throw ApiException.BadRequest($"destination is '{asked.Destination}', where the messages are; allowed: another queue");
        }

        var destination = source with { Name = asked.Destination };
        if (await topology.FindQueueAsync(destination, request.Cancellation) is null)
        {
            throw ApiException.BadRequest($"404 NOT_FOUND - no {destination}");
        }

        return await RunAsync(request, source, asked, new FixedDestination(destination.Name));
    }

    private async Task<IResult> RedriveAsync(ApiRequest request)
    {
        var (source, asked) = await ReadAsync(request);
        return await RunAsync(request, source, asked, new DeathDestination(topology, source));
    }

    private async Task<(QueueId Source, TransferRequest Asked)> ReadAsync(ApiRequest request)
    {
        var source = new QueueId(await request.VirtualHostAsync(), request.Name("queue"));
        var asked = await request.ReadAsync(TransferJson.Default.TransferRequest);
        if (asked.Count is <= 0 or > MostMessages)
        {
            throw ApiException.BadRequest($"count is {asked.Count}; allowed: 1 to {MostMessages}");
        }

        // What a client would need that gets here and publishes to queues by their names.
        await access.RequireAsync(request.User.Name, source, Permission.Read, request.Cancellation);
        await access.RequireAsync(request.User.Name, new ExchangeId(source.VirtualHost, ""), Permission.Write, request.Cancellation);
        return await topology.FindQueueAsync(source, request.Cancellation) is null ? throw ApiException.NotFound() : (source, asked);
    }

    private async Task<IResult> RunAsync(ApiRequest request, QueueId source, TransferRequest asked, ITransferDestination destination)
    {
        var transfer = new Transfer(publisher, grains, time, source, destination);
        return ApiResults.Json(request, await transfer.RunAsync(asked.Count ?? DefaultMessages, request.Cancellation), TransferJson.Default.TransferOutcome);
    }
}
