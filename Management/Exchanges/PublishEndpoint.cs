using System.Text;
using Microsoft.AspNetCore.Http;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Publishing;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Management.Api;
using OrleansBroker.Management.Json;

namespace OrleansBroker.Management.Exchanges;

/// <summary>Publishes a message: for a look at how things are routed, not for traffic.</summary>
internal sealed class PublishEndpoint(IPublisher publisher, ITopology topology, IAccessControl access) : IApiArea
{
    public void Map(ApiRoutes routes) => routes.Post("exchanges/{vhost}/{exchange}/publish", PublishAsync)
        .Describe("Publishes a message, and tells whether a queue took it.", ManagementJson.Default.Publication, ManagementJson.Default.PublicationOutcome);

    /// <summary>Properties as JSON has them.</summary>
    public static PropertiesItem ItemOf(BasicProperties properties) => new()
    {
        ContentType = properties.ContentType,
        ContentEncoding = properties.ContentEncoding,
        Headers = properties.Headers,
        DeliveryMode = properties.DeliveryMode,
        Priority = properties.Priority,
        CorrelationId = properties.CorrelationId,
        ReplyTo = properties.ReplyTo,
        Expiration = properties.Expiration,
        MessageId = properties.MessageId,
        Timestamp = properties.Timestamp?.UnixTimeSeconds,
        Type = properties.Type,
        UserId = properties.UserId,
        AppId = properties.AppId,
        ClusterId = properties.ClusterId,
    };

    private async Task<IResult> PublishAsync(ApiRequest request)
    {
        var exchange = new ExchangeId(await request.VirtualHostAsync(), request.ExchangeName("exchange"));
        var publication = await request.ReadAsync(ManagementJson.Default.Publication);
        var message = Message(exchange, publication);
        await CheckAsync(request, exchange, publication);
        var batch = new PublishBatch { VirtualHost = exchange.VirtualHost, Messages = new MessageBatch(message) };
        var receipt = await publisher.PublishAsync(batch, request.Cancellation);
        var result = await receipt.Confirmed.WaitAsync(request.Cancellation);
        return (result.Exceptions is [var exception, ..] ? exception.Outcome : PublishOutcome.Enqueued) switch
        {
            PublishOutcome.Enqueued => Routed(request, true),
            PublishOutcome.Unroutable => Routed(request, false),
            PublishOutcome.Refused => throw ApiException.BadRequest("a queue is full and refuses the message"),
            PublishOutcome.ExchangeNotFound => throw NoExchange(exchange),
            PublishOutcome.ExchangeInternal => throw Internal(exchange),
            PublishOutcome.Malformed => throw ApiException.BadRequest("406 PRECONDITION_FAILED - a header or property that routing asks for is malformed"),
            _ => throw ApiException.BadRequest("the message could not be brought to its queue in time; it may be there or not"),
        };
    }

    private async Task CheckAsync(ApiRequest request, ExchangeId exchange, Publication publication)
    {
        await access.RequireAsync(request.User.Name, exchange, Permission.Write, request.Cancellation);
        if (!await access.MayNameAsync(request.User.Name, publication.Properties?.UserId, request.Cancellation))
        {
            throw ApiException.BadRequest(
                $"406 PRECONDITION_FAILED - user_id property set to '{publication.Properties?.UserId}' but authenticated user was '{request.User.Name}'");
        }

        if (publication.Properties?.Expiration is { } expiration && !uint.TryParse(expiration, out _))
        {
            throw ApiException.BadRequest($"406 PRECONDITION_FAILED - invalid expiration '{expiration}': a whole number of milliseconds is allowed");
        }

        if (exchange.Name.Length > 0 && (await topology.GetExchangeAsync(exchange, request.Cancellation)).Internal)
        {
            throw Internal(exchange);
        }
    }

    private static BrokerMessage Message(ExchangeId exchange, Publication publication)
    {
        string?[] missing =
        [
            publication.RoutingKey is null ? "routing_key" : null,
            publication.Properties is null ? "properties" : null,
            publication.Payload is null ? "payload" : null,
            publication.PayloadEncoding is null ? "payload_encoding" : null,
        ];
        if (missing.Any(static name => name is not null))
        {
            throw ApiException.BadRequest($"[{string.Join(",\n ", missing.Where(static name => name is not null).Select(static name => $"{{key_missing,{name}}}"))}]");
        }

        try
        {
            return new BrokerMessage(exchange.Name, publication.RoutingKey!, BasicPropertiesWriter.ToArray(Properties(publication.Properties!)), Body(publication));
        }
        catch (AmqpFormatException malformed)
        {
            throw ApiException.BadRequest(malformed.Message);
        }
    }

    private static byte[] Body(Publication publication)
    {
        switch (publication.PayloadEncoding)
        {
            case "string":
                return Encoding.UTF8.GetBytes(publication.Payload!);
            case "base64":
                var octets = new byte[publication.Payload!.Length];
                return Convert.TryFromBase64String(publication.Payload, octets, out var length)
                    ? octets[..length]
                    : throw ApiException.BadRequest("Payload is not valid base64");
            default:
                throw ApiException.BadRequest($"payload_encoding is '{publication.PayloadEncoding}'; allowed: string, base64");
        }
    }

    private static BasicProperties Properties(PropertiesItem item) => new()
    {
        ContentType = item.ContentType,
        ContentEncoding = item.ContentEncoding,
        Headers = item.Headers,
        DeliveryMode = item.DeliveryMode,
        Priority = item.Priority,
        CorrelationId = item.CorrelationId,
        ReplyTo = item.ReplyTo,
        Expiration = item.Expiration,
        MessageId = item.MessageId,
        Timestamp = item.Timestamp is { } seconds ? new AmqpTimestamp(seconds) : null,
        Type = item.Type,
        UserId = item.UserId,
        AppId = item.AppId,
        ClusterId = item.ClusterId,
    };

    private static IResult Routed(ApiRequest request, bool routed) =>
        ApiResults.Json(request, new PublicationOutcome(routed), ManagementJson.Default.PublicationOutcome);

    private static ApiException NoExchange(ExchangeId exchange) => ApiException.BadRequest($"404 NOT_FOUND - no {exchange}");

    private static ApiException Internal(ExchangeId exchange) =>
        ApiException.NotAuthorised($"ACCESS_REFUSED - cannot publish to internal {exchange}");
}
