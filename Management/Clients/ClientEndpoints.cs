using Microsoft.AspNetCore.Http;
using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Management.Api;
using OrleansBroker.Management.Json;
using OrleansBroker.Management.Listing;

namespace OrleansBroker.Management.Clients;

/// <summary>
/// Connections, channels and consumers of all silos. Users see their own; those with the tag <c>monitoring</c> see all, and
/// administrators close all.
/// </summary>
internal sealed class ClientEndpoints(IClusterActivity activity, ConsumerItems consumers) : IApiArea
{
    private const string DefaultReason = "Closed via management plugin";

    public void Map(ApiRoutes routes)
    {
        var (connection, channel, consumer) = (ManagementJson.Default.ConnectionItem, ManagementJson.Default.ChannelItem, ManagementJson.Default.ConsumerItem);
        routes.Get("connections", ListConnectionsAsync).DescribeList("The connections.", connection);
        routes.Get("vhosts/{vhost}/connections", ListConnectionsAsync).DescribeList("The connections to a virtual host.", connection);
        routes.Get("connections/username/{user}", ListConnectionsAsync).DescribeList("The connections of a user.", connection);
        routes.Delete("connections/username/{user}", CloseAllAsync, ApiAccess.Administrator).Describe("Closes the connections of a user, for the reason in the header X-Reason.");
        routes.Get("connections/{connection}", GetConnectionAsync).Describe("A connection.", returns: connection);
        routes.Delete("connections/{connection}", CloseAsync).Describe("Closes a connection, for the reason in the header X-Reason.");
        routes.Get("connections/{connection}/channels", ListChannelsOfConnectionAsync).DescribeList("The channels of a connection.", channel);
        routes.Get("channels", ListChannelsAsync).DescribeList("The channels.", channel);
        routes.Get("vhosts/{vhost}/channels", ListChannelsAsync).DescribeList("The channels to a virtual host.", channel);
        routes.Get("channels/{channel}", GetChannelAsync).Describe("A channel, with its consumers, the exchanges that it publishes to and the queues that it is sent from.", returns: channel);
        routes.Get("consumers", ListConsumersAsync).DescribeList("The consumers.", consumer);
        routes.Get("consumers/{vhost}", ListConsumersAsync).DescribeList("The consumers in a virtual host.", consumer);
    }

    private async Task<IResult> ListConnectionsAsync(ApiRequest request)
    {
        var connections = (await VisibleConnectionsAsync(request)).Select(ConnectionItem.Of);
        return Lists.Answer(request, ListSource.Of(connections, static connection => connection.Name, ManagementJson.Default.ConnectionItem));
    }

    private async Task<IResult> GetConnectionAsync(ApiRequest request) =>
        ApiResults.Json(request, ConnectionItem.Of(await RequireConnectionAsync(request, request.User.IsMonitor)), ManagementJson.Default.ConnectionItem);

    private async Task<IResult> CloseAsync(ApiRequest request)
    {
        var connection = await RequireConnectionAsync(request, request.User.IsAdministrator);
        return await activity.CloseConnectionAsync(connection.Name, ReasonOf(request), request.Cancellation)
            ? ApiResults.NoContent
            : throw ApiException.NotFound();
    }

    private async Task<IResult> CloseAllAsync(ApiRequest request)
    {
        foreach (var connection in await VisibleConnectionsAsync(request))
        {
            await activity.CloseConnectionAsync(connection.Name, ReasonOf(request), request.Cancellation);
        }

        return ApiResults.NoContent;
    }

    private async Task<IResult> ListChannelsOfConnectionAsync(ApiRequest request)
    {
        var connection = await RequireConnectionAsync(request, request.User.IsMonitor);
        var channels = (await activity.ListChannelsAsync(request.Cancellation)).Where(channel => channel.Connection.Id == connection.Id);
        return Answer(request, channels);
    }

    private async Task<IResult> ListChannelsAsync(ApiRequest request) => Answer(request, await VisibleChannelsAsync(request));

    private async Task<IResult> GetChannelAsync(ApiRequest request)
    {
        var name = request.Name("channel");
        var channel = (await activity.ListChannelsAsync(request.Cancellation)).FirstOrDefault(channel => ChannelItem.NameOf(channel) == name)
            ?? throw ApiException.NotFound();
        RequireVisible(request, channel.Connection, request.User.IsMonitor);
        var item = ChannelItem.Of(channel) with
        {
            ConsumerDetails = await consumers.OfAsync([channel], null, request.Cancellation),
            Publishes = ChannelFlows.PublishedBy(channel),
            Deliveries = ChannelFlows.DeliveredTo(channel),
        };
        return ApiResults.Json(request, item, ManagementJson.Default.ChannelItem);
    }

    private async Task<IResult> ListConsumersAsync(ApiRequest request)
    {
        var virtualHosts = await request.VirtualHostsAsync();
        var channels = (await activity.ListChannelsAsync(request.Cancellation)).Where(channel => virtualHosts.Contains(channel.Connection.VirtualHost));
        var items = await consumers.OfAsync(channels, null, request.Cancellation);
        return Lists.Answer(request, ListSource.Of(items, static consumer => consumer.ConsumerTag, ManagementJson.Default.ConsumerItem));
    }

    private async Task<IEnumerable<ConnectionFigures>> VisibleConnectionsAsync(ApiRequest request)
    {
        var virtualHost = await VirtualHostAsync(request);
        var connections = await activity.ListConnectionsAsync(request.Cancellation);
        return connections.Where(connection => IsVisible(request, connection, virtualHost)
            && (!request.Has("user") || connection.User == request.Name("user")));
    }

    private async Task<IEnumerable<ChannelFigures>> VisibleChannelsAsync(ApiRequest request)
    {
        var virtualHost = await VirtualHostAsync(request);
        return (await activity.ListChannelsAsync(request.Cancellation)).Where(channel => IsVisible(request, channel.Connection, virtualHost));
    }

    private static async Task<string?> VirtualHostAsync(ApiRequest request) => request.Has("vhost") ? await request.VirtualHostAsync() : null;

    private static bool IsVisible(ApiRequest request, ConnectionFigures connection, string? virtualHost) =>
        (virtualHost is null || connection.VirtualHost == virtualHost) && (request.User.IsMonitor || connection.User == request.User.Name);

    private async Task<ConnectionFigures> RequireConnectionAsync(ApiRequest request, bool mayAll)
    {
        var name = request.Name("connection");
        var connection = (await activity.ListConnectionsAsync(request.Cancellation)).FirstOrDefault(connection => connection.Name == name)
            ?? throw ApiException.NotFound();
        RequireVisible(request, connection, mayAll);
        return connection;
    }

    private static void RequireVisible(ApiRequest request, ConnectionFigures connection, bool mayAll)
    {
        if (!mayAll && connection.User != request.User.Name)
        {
            throw ApiException.NotAuthorised("User not authorised to access object");
        }
    }

    private static string ReasonOf(ApiRequest request) =>
        request.Http.Request.Headers["X-Reason"].ToString() is { Length: > 0 } reason ? reason : DefaultReason;

    private static IResult Answer(ApiRequest request, IEnumerable<ChannelFigures> channels) =>
        Lists.Answer(request, ListSource.Of(channels.Select(ChannelItem.Of), static channel => channel.Name, ManagementJson.Default.ChannelItem));
}
