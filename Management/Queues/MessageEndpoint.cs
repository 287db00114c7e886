using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Management.Api;
using OrleansBroker.Management.Exchanges;
using OrleansBroker.Management.Json;

namespace OrleansBroker.Management.Queues;

/// <summary>Gets messages: for a look at them, not for traffic. They are settled only when all were got, so that none comes twice.</summary>
internal sealed class MessageEndpoint(ITopology topology, IAccessControl access, IGrainFactory grains) : IApiArea
{
    // What an answer holds in memory at most, a single larger message apart.
    private const int MostOctets = 64 * 1024 * 1024;

    private const int MostPeeked = 500;

    public void Map(ApiRoutes routes)
    {
        routes.Post("queues/{vhost}/{queue}/get", GetAsync).DescribeList(
        "Gets messages; ackmode says what becomes of them: ack_requeue_true, ack_requeue_false, reject_requeue_true, reject_requeue_false.",
        ManagementJson.Default.MessageItem, ManagementJson.Default.MessageRequest);

        routes.Post("queues/{vhost}/{queue}/peek", PeekAsync).DescribeList(
            "Shows messages, 500 at most, and changes nothing: they are not marked as redelivered. There is no ackmode.",
            ManagementJson.Default.MessageItem, ManagementJson.Default.MessageRequest);
    }

    private async Task<IResult> GetAsync(ApiRequest request)
    {
        var id = new QueueId(await request.VirtualHostAsync(), request.Name("queue"));
        var asked = await request.ReadAsync(ManagementJson.Default.MessageRequest);
        var count = Require(asked, out var settlement);
        await access.RequireAsync(request.User.Name, id, Permission.Read, request.Cancellation);
        if (await topology.FindQueueAsync(id, request.Cancellation) is null)
        {
            throw ApiException.NotFound($"NOT_FOUND - no {id}");
        }

        var queue = grains.GetGrain<IQueueGrain>(id.ToGrainKey());
        var replies = await TakeAsync(queue, count, settlement, request.Cancellation);
        var truncate = asked.Truncate is { } limit ? Number("truncate", limit) : int.MaxValue;
        return ApiResults.Json(
            request,
            [.. replies.Select(reply => ItemOf(reply, asked.Encoding == "base64", (int)Math.Clamp(truncate, 0, int.MaxValue)))],
            ManagementJson.Default.MessageItemArray);
    }

    private async Task<IResult> PeekAsync(ApiRequest request)
    {
        var id = new QueueId(await request.VirtualHostAsync(), request.Name("queue"));
        var asked = await request.ReadAsync(ManagementJson.Default.MessageRequest);
        var count = asked.Count is { } number ? Number("count", number) : 1;
        if (count is < 1 or > MostPeeked)
        {
            throw ApiException.BadRequest($"count is {count}; allowed: 1 to {MostPeeked}");
        }

        await access.RequireAsync(request.User.Name, id, Permission.Read, request.Cancellation);
        if (await topology.FindQueueAsync(id, request.Cancellation) is null)
        {
            throw ApiException.NotFound($"NOT_FOUND - no {id}");
        }

        var reply = await grains.GetGrain<IQueueGrain>(id.ToGrainKey()).PeekAsync((int)count).WaitAsync(request.Cancellation);
        var truncate = (int)Math.Clamp(asked.Truncate is { } limit ? Number("truncate", limit) : int.MaxValue, 0, int.MaxValue);
        var messages = reply.Messages.Messages.ToArray();
        return ApiResults.Json(
            request,
            [.. messages.Select((message, at) => ItemOf(message, reply.Redelivered.Contains(at), reply.Ready - at - 1, asked.Encoding == "base64", truncate))],
            ManagementJson.Default.MessageItemArray);
    }

    /// <summary>Gets so many, then settles them all. Whoever dies in between settles nothing: the lease returns them.</summary>
    private static async Task<List<GetReply>> TakeAsync(IQueueGrain queue, long count, Settlement settlement, CancellationToken cancellationToken)
    {
        await using var getter = new QueueGetter(queue);
        var replies = new List<GetReply>();
        var octets = 0L;
        while (replies.Count < count && octets < MostOctets)
        {
            var reply = await getter.GetAsync(cancellationToken);
            if (reply.Delivery is null)
            {
                break;
            }

            replies.Add(reply);
            octets += reply.Delivery.Messages.Messages.Span[0].Size;
        }

        await getter.SettleAsync([.. replies.Select(static reply => reply.Delivery!)], settlement);
        return replies;
    }

    private static long Require(MessageRequest asked, out Settlement settlement)
    {
        string?[] missing =
        [
            asked.Count is null ? "count" : null,
            asked.Ackmode is null ? "ackmode" : null,
            asked.Encoding is null ? "encoding" : null,
        ];
        if (missing.Any(static name => name is not null))
        {
            throw ApiException.BadRequest($"[{string.Join(',', missing.Where(static name => name is not null).Select(static name => $"{{key_missing,{name}}}"))}]");
        }

        if (asked.Encoding is not ("auto" or "base64"))
        {
            throw ApiException.BadRequest("Unsupported encoding. Please use auto or base64.");
        }

        settlement = asked.Ackmode switch
        {
            // Returned as basic.nack has it: a look at a message is no failed delivery.
            "ack_requeue_true" => Settlement.Return,
            "ack_requeue_false" => Settlement.Ack,
            "reject_requeue_true" => Settlement.Reject,
            "reject_requeue_false" => Settlement.Discard,
            _ => throw ApiException.BadRequest(
                $"ackmode is '{asked.Ackmode}'; allowed: ack_requeue_true, ack_requeue_false, reject_requeue_true, reject_requeue_false"),
        };
        return Number("count", asked.Count!.Value);
    }

    private static long Number(string name, JsonElement value)
    {
        var text = value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText();
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw ApiException.BadRequest($"{name} is '{text}'; allowed: a whole number");
    }

    private static MessageItem ItemOf(GetReply reply, bool asBase64, int truncate) => ItemOf(
        reply.Delivery!.Messages.Messages.Span[0], reply.Delivery.Redelivered is { Length: > 0 }, reply.Ready, asBase64, truncate);

    private static MessageItem ItemOf(BrokerMessage message, bool isRedelivered, long ready, bool asBase64, int truncate)
    {
        var shown = message.Body.Span[..Math.Min(message.Body.Length, truncate)];
        // Only a whole text is one: a cut may fall into a character.
        var isText = !asBase64 && Utf8.IsValid(shown);
        return new MessageItem
        {
            PayloadBytes = message.Body.Length,
            Redelivered = isRedelivered,
            Exchange = message.Exchange,
            RoutingKey = message.RoutingKey,
            MessageCount = ready,
            Properties = PublishEndpoint.ItemOf(BasicPropertiesReader.Read(message.Properties.Span)),
            Payload = isText ? Encoding.UTF8.GetString(shown) : Convert.ToBase64String(shown),
            PayloadEncoding = isText ? "string" : "base64",
        };
    }
}
