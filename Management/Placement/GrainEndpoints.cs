using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using OrleansBroker.Management.Api;
using OrleansBroker.Management.Listing;

namespace OrleansBroker.Management.Placement;

/// <summary>Where grains live: what RabbitMQ has nothing like.</summary>
internal sealed class GrainEndpoints(IGrainFactory grains) : IApiArea
{
    public void Map(ApiRoutes routes) => routes.Get("grains", ListAsync, ApiAccess.Monitoring)
        .DescribeList("How many grains of each type are active on each silo.", GrainJson.Default.GrainItem);

    private async Task<IResult> ListAsync(ApiRequest request)
    {
        var counts = await grains.GetGrain<IManagementGrain>(0).GetSimpleGrainStatistics().WaitAsync(request.Cancellation);
        var items = counts
            .GroupBy(static count => (Type: NameOf(count.GrainType), Silo: count.SiloAddress.ToParsableString()))
            .Select(static group => new GrainItem(group.Key.Type, group.Key.Silo, group.Sum(static count => count.ActivationCount)))
            .OrderBy(static item => item.Type, StringComparer.Ordinal)
            .ThenBy(static item => item.Silo, StringComparer.Ordinal);
        return Lists.Answer(request, ListSource.Of(items, static item => item.Type, GrainJson.Default.GrainItem));
    }

    /// <summary>The class without its namespace and assembly.</summary>
    private static string NameOf(string type)
    {
        var name = type.Split(',')[0];
        return name[(name.LastIndexOf('.') + 1)..];
    }
}

/// <summary>Grains of one type on one silo.</summary>
internal sealed record GrainItem(string Type, string Silo, int Activations);

/// <summary>What the operation writes.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(GrainItem))]
internal sealed partial class GrainJson : JsonSerializerContext;
