using System.Net;
using OrleansBroker.Tests.Native;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace OrleansBroker.Tests.Management.Access;

/// <summary>Users, permissions, limits and virtual hosts that are changed over HTTP and felt over AMQP.</summary>
[Collection(OneManagement.Name)]
public sealed class LiveAccessTests(ManagementSilo silo)
{
    [Fact]
    public async Task A_permission_that_is_taken_away_is_missed_by_a_channel_that_is_open_and_a_user_who_is_deleted_by_the_connection()
    {
        var user = await AddUserAsync("/", ".*");
        await using var connection = await ConnectAsync(user);
        await using var channel = await connection.CreateChannelAsync();
        var queue = (await channel.QueueDeclareAsync()).QueueName;
        await channel.BasicPublishAsync("", queue, "1"u8.ToArray());
        Assert.NotNull(await channel.BasicGetAsync(queue, autoAck: true));

        await PermitAsync(user, "/", write: "");
        await channel.BasicPublishAsync("", queue, "2"u8.ToArray());
        var refused = await Assert.ThrowsAnyAsync<OperationInterruptedException>(() => channel.QueueDeclarePassiveAsync(queue));
        Assert.Contains($"ACCESS_REFUSED - access to exchange 'amq.default' in vhost '/' refused for user '{user}'", refused.Message);

        Assert.Equal(HttpStatusCode.NoContent, await silo.StatusAsync(HttpMethod.Delete, $"users/{user}"));
        await NativeCluster.Until(() => !connection.IsOpen, "the connection to be closed");
        Assert.Equal($"CONNECTION_FORCED - broker forced connection closure with reason 'user '{user}' is deleted'", connection.CloseReason!.ReplyText);
        await Assert.ThrowsAsync<BrokerUnreachableException>(() => ConnectAsync(user));
    }

    [Fact]
    public async Task Topic_permissions_narrow_what_is_published_and_bound()
    {
        var user = await AddUserAsync("/", ".*");
        var body = new { exchange = "amq.topic", write = "^{username}\\.", read = "^ok\\." };
        Assert.Equal(HttpStatusCode.Created, await silo.StatusAsync(HttpMethod.Put, $"topic-permissions/%2F/{user}", body));
        await using var connection = await ConnectAsync(user);
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true));
        var queue = (await channel.QueueDeclareAsync()).QueueName;
        await channel.QueueBindAsync(queue, "amq.topic", "ok.#");
        await channel.BasicPublishAsync("amq.topic", $"{user}.x", "1"u8.ToArray());
        await channel.BasicPublishAsync("amq.direct", "other", "1"u8.ToArray());

        await using var binding = await connection.CreateChannelAsync();
        var bind = await Assert.ThrowsAsync<OperationInterruptedException>(() => binding.QueueBindAsync(queue, "amq.topic", "no.#"));
        Assert.Contains($"ACCESS_REFUSED - access to topic 'no.#' in exchange 'amq.topic' in vhost '/' refused for user '{user}'", bind.Message);
        await Assert.ThrowsAnyAsync<Exception>(async () => await channel.BasicPublishAsync("amq.topic", "other.x", "1"u8.ToArray()));
        Assert.Contains("access to topic 'other.x' in exchange 'amq.topic'", channel.CloseReason!.ReplyText);
    }

    [Fact]
    public async Task Limits_of_a_user_are_felt()
    {
        var user = await AddUserAsync("/", ".*");
        Assert.Equal(HttpStatusCode.NoContent, await silo.StatusAsync(HttpMethod.Put, $"user-limits/{user}/max-connections", new { value = 1 }));
        Assert.Equal(HttpStatusCode.NoContent, await silo.StatusAsync(HttpMethod.Put, $"user-limits/{user}/max-channels", new { value = 2 }));
        Assert.Equal($$$"""[{"user":"{{{user}}}","value":{"max-channels":2,"max-connections":1}}]""", (await silo.GetAsync($"user-limits/{user}")).ToJsonString());

        await using (var connection = await ConnectAsync(user))
        {
            var second = await Assert.ThrowsAnyAsync<Exception>(() => ConnectAsync(user));
            Assert.Contains($"NOT_ALLOWED - connection refused for user '{user}': user connection limit (1) is reached", second.ToString());
            await using var one = await connection.CreateChannelAsync();
            await (await connection.CreateChannelAsync()).CloseAsync();
            await using var two = await connection.CreateChannelAsync();
            var third = await Assert.ThrowsAnyAsync<Exception>(() => connection.CreateChannelAsync());
            Assert.Contains($"NOT_ALLOWED - number of channels opened for user '{user}' has reached the maximum allowed user limit of 2", third.ToString());
        }

        // Its place is free again when it is gone.
        await NativeCluster.Until(
            async () =>
            {
                try
                {
                    await (await ConnectAsync(user)).DisposeAsync();
                    return true;
                }
                catch (Exception refusal) when (refusal is BrokerUnreachableException or OperationInterruptedException)
                {
                    return false;
                }
            },
            "a place for another connection");
    }

    [Fact]
    public async Task Limits_and_the_default_queue_type_of_a_virtual_host_are_felt_and_its_deletion_closes_its_connections()
    {
        var host = NativeCluster.Unique("host");
        Assert.Equal(HttpStatusCode.Created, await silo.StatusAsync(HttpMethod.Put, $"vhosts/{host}", new { description = "d", tags = "a,b", default_queue_type = "quorum" }));
        var user = await AddUserAsync(host, ".*");
        await silo.StatusAsync(HttpMethod.Put, $"vhost-limits/{host}/max-queues", new { value = 1 });
        await silo.StatusAsync(HttpMethod.Put, $"vhost-limits/{host}/max-connections", new { value = 1 });
        await using var connection = await ConnectAsync(user, host);
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => ConnectAsync(user, host));
        Assert.Contains($"NOT_ALLOWED - access to vhost '{host}' refused for user '{user}': connection limit (1) is reached", refused.ToString());

        await using var channel = await connection.CreateChannelAsync();
        await channel.QueueDeclareAsync("one", durable: true, exclusive: false, autoDelete: false);
        await channel.QueueDeclareAsync("one", durable: true, exclusive: false, autoDelete: false);
        var more = await Assert.ThrowsAsync<OperationInterruptedException>(() => channel.QueueDeclareAsync("two", durable: true, exclusive: false, autoDelete: false));
        Assert.Contains($"PRECONDITION_FAILED - cannot declare queue 'two': queue limit in vhost '{host}' (1) is reached", more.Message);
        var definitions = await silo.GetAsync($"definitions/{host}");
        Assert.Equal("quorum", (string?)definitions["queues"]!.AsArray().Single(queue => (string?)queue!["name"] == "one")!["arguments"]!["x-queue-type"]);

        Assert.Equal(HttpStatusCode.NoContent, await silo.StatusAsync(HttpMethod.Post, $"vhosts/{host}/deletion/protection"));
        Assert.Equal(HttpStatusCode.PreconditionFailed, await silo.StatusAsync(HttpMethod.Delete, $"vhosts/{host}"));
        Assert.Equal(HttpStatusCode.NoContent, await silo.StatusAsync(HttpMethod.Delete, $"vhosts/{host}/deletion/protection"));
        Assert.Equal(HttpStatusCode.NoContent, await silo.StatusAsync(HttpMethod.Delete, $"vhosts/{host}"));
        await NativeCluster.Until(() => !connection.IsOpen, "the connection to be closed");
        Assert.Contains($"vhost '{host}' is deleted", connection.CloseReason!.ReplyText);
        Assert.Equal(HttpStatusCode.NotFound, await silo.StatusAsync(HttpMethod.Get, $"permissions/{host}/{user}"));
    }

    [Fact]
    public async Task Logins_are_counted_by_protocol_of_the_silo_that_is_named()
    {
        var node = Uri.EscapeDataString((string)(await silo.GetAsync("overview"))["node"]!);
        Assert.Equal(HttpStatusCode.NoContent, await silo.StatusAsync(HttpMethod.Delete, $"auth/attempts/{node}"));
        await Assert.ThrowsAsync<BrokerUnreachableException>(() => ConnectAsync("nobody"));
        Assert.Equal(HttpStatusCode.Unauthorized, await silo.StatusAsync(HttpMethod.Get, "whoami", user: "nobody"));
        // Adding a user takes two requests.
        await (await ConnectAsync(await AddUserAsync("/", ""))).DisposeAsync();

        var counts = (await silo.GetAsync($"auth/attempts/{node}")).AsArray();
        Assert.Equal((2, 1, 1), Of("amqp091"));
        Assert.Equal((4, 1, 3), Of("http"));
        var sources = (await silo.GetAsync($"auth/attempts/{node}/source")).AsArray();
        var failed = sources.Single(one => (string?)one!["username"] == "nobody" && (string?)one["protocol"] == "amqp091")!;
        Assert.Equal(("127.0.0.1", 1, 1), ((string?)failed["remote_address"], (int)failed["auth_attempts"]!, (int)failed["auth_attempts_failed"]!));
        Assert.Equal(HttpStatusCode.NotFound, await silo.StatusAsync(HttpMethod.Get, "auth/attempts/nobody"));
        Assert.Equal(HttpStatusCode.NotFound, await silo.StatusAsync(HttpMethod.Delete, "auth/attempts/nobody"));

        (int All, int Failed, int Succeeded) Of(string protocol)
        {
            var count = counts.Single(one => (string?)one!["protocol"] == protocol)!;
            return ((int)count["auth_attempts"]!, (int)count["auth_attempts_failed"]!, (int)count["auth_attempts_succeeded"]!);
        }
    }

    [Fact]
    public async Task A_virtual_host_tells_how_many_messages_it_has()
    {
        var host = NativeCluster.Unique("host");
        await silo.StatusAsync(HttpMethod.Put, $"vhosts/{host}");
        var user = await AddUserAsync(host, ".*");
        await using var connection = await ConnectAsync(user, host);
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true));
        await channel.BasicPublishAsync("", "default", new byte[] { 1 });
        await channel.BasicPublishAsync("", "default", new byte[] { 1 });

        // A synchronous method waits for the publishes before it.
        await channel.QueueDeclarePassiveAsync("default");
        var shown = await silo.GetAsync($"vhosts/{host}");
        Assert.Equal((2, 2, 0), ((int)shown["messages"]!, (int)shown["messages_ready"]!, (int)shown["messages_unacknowledged"]!));
        Assert.False((await silo.GetAsync($"vhosts/{host}?disable_stats=true")).AsObject().ContainsKey("messages"));
        await silo.StatusAsync(HttpMethod.Delete, $"vhosts/{host}");
    }

    private async Task<string> AddUserAsync(string virtualHost, string write)
    {
        var user = NativeCluster.Unique("user");
        var body = new { password = user, tags = "", hashing_algorithm = "rabbit_password_hashing_sha256" };
        Assert.Equal(HttpStatusCode.Created, await silo.StatusAsync(HttpMethod.Put, $"users/{user}", body));
        await PermitAsync(user, virtualHost, write);
        return user;
    }

    private async Task PermitAsync(string user, string virtualHost, string write) => Assert.True(
        await silo.StatusAsync(HttpMethod.Put, $"permissions/{Uri.EscapeDataString(virtualHost)}/{user}", new { configure = ".*", write, read = ".*" })
            is HttpStatusCode.Created or HttpStatusCode.NoContent);

    // The client takes a connection for open before it was told so; with a channel it is.
    private async Task<IConnection> ConnectAsync(string user, string virtualHost = "/")
    {
        var factory = new ConnectionFactory { Port = silo.Port, UserName = user, Password = user, VirtualHost = virtualHost, AutomaticRecoveryEnabled = false };
        var connection = await factory.CreateConnectionAsync();
        try
        {
            await using var channel = await connection.CreateChannelAsync();
            await channel.CloseAsync();
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}
