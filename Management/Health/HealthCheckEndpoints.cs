using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Publishing;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Management.Api;
using OrleansBroker.Management.Json;

namespace OrleansBroker.Management.Health;

/// <summary>Health checks: 200 and <c>ok</c>, or 503, <c>failed</c> and why (row 3.21).</summary>
internal sealed class HealthCheckEndpoints(
    IClusterActivity activity, ITopology topology, IAccessControl access, IPublisher publisher, IGrainFactory grains, ServerIdentity server,
    IHostApplicationLifetime lifetime) : IApiArea
{
    private const string Checks = "health/checks";
    private const string AlivenessQueue = "aliveness-test";
    private static readonly string[] Units = ["days", "weeks", "months", "years"];

    public void Map(ApiRoutes routes)
    {
        void Add(string path, Func<ApiRequest, Task<IResult>> check, string summary) =>
            routes.Get(path, check).Describe(summary, returns: ManagementJson.Default.HealthItem);

        Add($"{Checks}/alarms", request => AlarmsAsync(request, static _ => true), "Whether no alarm is raised in the cluster.");
        Add($"{Checks}/local-alarms", request => AlarmsAsync(request, silo => silo == activity.Silo), "Whether no alarm is raised on the silo that answers.");
        Add($"{Checks}/virtual-hosts", VirtualHostsAsync, "Whether the virtual hosts can be read.");
        Add($"{Checks}/port-listener/{{port}}", PortAsync, "Whether the silo listens on a port.");
        Add($"{Checks}/protocol-listener/{{protocol}}", ProtocolAsync, "Whether the silo listens for a protocol.");
        Add($"{Checks}/certificate-expiration/{{within}}/{{unit}}", CertificateAsync, "Whether no certificate expires soon.");
        Add($"{Checks}/node-is-quorum-critical", QuorumAsync, "Whether the silo may be stopped: another one answers that goes on with its queues.");
        Add($"{Checks}/node-is-mirror-sync-critical", Ok, "Whether the silo may be stopped: there are no mirrors.");
        Add($"{Checks}/is-in-service", request => Task.FromResult(NotInService(request) ?? Passed(request)), "Whether the silo serves clients: it does not while it stops.");
        Add($"{Checks}/ready-to-serve-clients", ReadyAsync, "Whether the silo serves clients, listens for them and can read the virtual hosts.");
        Add($"{Checks}/reached-target-cluster-size", ClusterSizeAsync, "Whether every silo of the cluster answers; no number of them is wanted.");
        Add($"{Checks}/below-node-connection-limit", ConnectionsAsync, "Whether the silo has fewer connections than it may have.");
        Add("healthchecks/node", AlarmsAsync, "The check that the others replace.");
        Add("healthchecks/node/{node}", AlarmsAsync, "The check that the others replace.");
        Add("aliveness-test/{vhost}", AlivenessAsync, "Declares a queue, publishes to it and consumes what was published.");
    }

    private Task<IResult> AlarmsAsync(ApiRequest request) => AlarmsAsync(request, static _ => true);

    private async Task<IResult> AlarmsAsync(ApiRequest request, Func<string, bool> concerns)
    {
        var silos = (await activity.ListSilosAsync(request.Cancellation)).Where(silo => concerns(silo.Silo)).ToList();
        AlarmItem[] alarms =
        [
            .. silos.Where(static silo => silo.Resources is { MemoryAlarm: true }).Select(static silo => new AlarmItem(silo.Silo, "memory")),
            .. silos.Where(static silo => silo.Resources is { DiskAlarm: true }).Select(static silo => new AlarmItem(silo.Silo, "disk")),
        ];
        return alarms.Length == 0 ? Passed(request) : Failed(request, new HealthItem("failed") { Reason = "There are alarms in effect in the cluster", Alarms = alarms });
    }

    private async Task<IResult> VirtualHostsAsync(ApiRequest request)
    {
        await topology.ListVirtualHostsAsync(request.Cancellation).CountAsync(request.Cancellation);
        return Passed(request);
    }

    private Task<IResult> PortAsync(ApiRequest request)
    {
        if (!int.TryParse(request.Name("port"), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            throw ApiException.BadRequest($"Port number must be an integer: {request.Name("port")}");
        }

        return Task.FromResult(server.Ports.Contains(port)
            ? ApiResults.Json(request, new HealthItem("ok") { Port = port }, ManagementJson.Default.HealthItem)
            : Failed(request, new HealthItem("failed") { Reason = "No active listener", Missing = request.Name("port"), Ports = [.. server.Ports] }));
    }

    private Task<IResult> ProtocolAsync(ApiRequest request)
    {
        var protocol = request.Name("protocol");
        // "amqp091" and "amqp0.9.1" are names of the same.
        var canonical = protocol.StartsWith("amqp0", StringComparison.Ordinal) ? "amqp" : protocol;
        return Task.FromResult(server.Protocols.Contains(canonical)
            ? ApiResults.Json(request, new HealthItem("ok") { Protocol = protocol }, ManagementJson.Default.HealthItem)
            : Failed(request, new HealthItem("failed") { Reason = "No active listener", Missing = protocol, Protocols = [.. server.Protocols] }));
    }

    private Task<IResult> CertificateAsync(ApiRequest request)
    {
        var (within, unit) = (request.Name("within"), request.Name("unit"));
        if (!int.TryParse(within, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || !Units.Contains(unit))
        {
            throw ApiException.BadRequest($"'{within} {unit}' is no time; allowed: a whole number of {string.Join(", ", Units)}");
        }

        var soonest = server.CertificateExpires();
        var limit = request.Now.AddDays(count * unit switch { "days" => 1, "weeks" => 7, "months" => 30, _ => 365 });
        return Task.FromResult(soonest is null || soonest > limit
            ? Passed(request)
            : Failed(request, new HealthItem("failed") { Reason = $"Certificates expiring: {soonest:u}" }));
    }

    private async Task<IResult> ReadyAsync(ApiRequest request)
    {
        if (NotInService(request) is { } failure)
        {
            return failure;
        }

        return server.Protocols.Any(static protocol => protocol.StartsWith("amqp", StringComparison.Ordinal))
            ? await VirtualHostsAsync(request)
            : Failed(request, new HealthItem("failed") { Reason = "No active listener", Missing = "amqp", Protocols = [.. server.Protocols] });
    }

    private IResult? NotInService(ApiRequest request) => lifetime.ApplicationStopping.IsCancellationRequested
        ? Failed(request, new HealthItem("failed") { Reason = "the silo is stopping" })
        : null;

    private async Task<IResult> ClusterSizeAsync(ApiRequest request)
    {
        var silos = await activity.ListSilosAsync(request.Cancellation);
        var running = silos.Count(static silo => silo.IsRunning);
        var item = new HealthItem(running == silos.Count ? "ok" : "failed") { RunningNodes = running, TargetClusterSize = silos.Count };
        return running == silos.Count
            ? ApiResults.Json(request, item, ManagementJson.Default.HealthItem)
            : Failed(request, item with { Reason = $"silos that do not answer: {string.Join(", ", silos.Where(static silo => !silo.IsRunning).Select(static silo => silo.Silo))}" });
    }

    private async Task<IResult> ConnectionsAsync(ApiRequest request)
    {
        var silo = (await activity.ListSilosAsync(request.Cancellation)).First(silo => silo.Silo == activity.Silo);
        var item = new HealthItem("ok") { Connections = silo.Connections, Limit = silo.MostConnections == 0 ? null : silo.MostConnections };
        return item.Limit is { } limit && silo.Connections >= limit
            ? Failed(request, item with { Status = "failed", Reason = "node connection limit is reached" })
            : ApiResults.Json(request, item, ManagementJson.Default.HealthItem);
    }

    private async Task<IResult> QuorumAsync(ApiRequest request) => await activity.HasSuccessorAsync(request.Cancellation) switch
    {
        true => Passed(request),
        false => Failed(request, new HealthItem("failed") { Reason = "No other silo would go on with the queues if this one were stopped" }),
        null => ApiResults.Json(request, new HealthItem("ok") { Reason = "single node cluster" }, ManagementJson.Default.HealthItem),
    };

    /// <summary>As RabbitMQ's does it, with the user's own permissions; the queue stays, so that a second check costs less.</summary>
    private async Task<IResult> AlivenessAsync(ApiRequest request)
    {
        var queue = new QueueId(await request.VirtualHostAsync(), AlivenessQueue);
        foreach (var permission in new[] { Permission.Configure, Permission.Write, Permission.Read })
        {
            await access.RequireAsync(request.User.Name, queue, permission, request.Cancellation);
        }

        try
        {
            await topology.DeclareQueueAsync(new QueueDefinition { Id = queue }, request.Cancellation);
            var message = new BrokerMessage("", queue.Name, BasicPropertiesWriter.ToArray(BasicProperties.Empty), "test_message"u8.ToArray());
            var receipt = await publisher.PublishAsync(new PublishBatch { VirtualHost = queue.VirtualHost, Messages = new MessageBatch(message) }, request.Cancellation);
            await receipt.Confirmed.WaitAsync(request.Cancellation);
            var got = await grains.GetGrain<IQueueGrain>(queue.ToGrainKey())
                .GetAsync(new GetRequest { Id = new ConsumerId(Guid.NewGuid(), 1), NoAck = true }).WaitAsync(request.Cancellation);
            return got.Delivery is not null ? Passed(request) : Failed(request, new HealthItem("failed") { Reason = "the published message could not be got" });
        }
        catch (BrokerException refusal)
        {
            return Failed(request, new HealthItem("failed") { Reason = refusal.Message });
        }
    }

    private static Task<IResult> Ok(ApiRequest request) => Task.FromResult(Passed(request));

    private static IResult Passed(ApiRequest request) => ApiResults.Json(request, new HealthItem("ok"), ManagementJson.Default.HealthItem);

    private static IResult Failed(ApiRequest request, HealthItem item) =>
        ApiResults.Json(request, item, ManagementJson.Default.HealthItem, StatusCodes.Status503ServiceUnavailable);
}
