using System.Text.Json;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Management.Json;

namespace OrleansBroker.Management.VirtualHosts;

/// <summary>Virtual hosts as requests and definitions say them: what is not said stays as it was.</summary>
internal static class VirtualHostBodies
{
    public static VirtualHostDefinition Of(string name, JsonBody body, VirtualHostDefinition? before)
    {
        var metadata = new JsonBody(body.Find("metadata") ?? default);
        var type = body.Text("default_queue_type") ?? metadata.Text("default_queue_type");
        before ??= new VirtualHostDefinition { Name = name };
        return before with
        {
            Description = body.Text("description") ?? metadata.Text("description") ?? before.Description,
            Tags = body.Words("tags") ?? metadata.Words("tags") ?? before.Tags,
            // What 3.10 says where there is none.
            DefaultQueueType = type is "undefined" or "" ? null : type ?? before.DefaultQueueType,
            IsProtected = body.Flag("protected_from_deletion") ?? metadata.Flag("protected_from_deletion") ?? before.IsProtected,
            IsTraced = body.Flag("tracing") ?? before.IsTraced,
            Limits = body.Find("limits") is { ValueKind: JsonValueKind.Object } limits ? JsonBody.NumbersOf(limits) : before.Limits,
        };
    }
}
