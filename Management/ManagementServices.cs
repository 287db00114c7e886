using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Management.Access;
using OrleansBroker.Management.Api;
using OrleansBroker.Management.Bindings;
using OrleansBroker.Management.Clients;
using OrleansBroker.Management.Definitions;
using OrleansBroker.Management.Documentation;
using OrleansBroker.Management.Exchanges;
using OrleansBroker.Management.Health;
using OrleansBroker.Management.Metrics;
using OrleansBroker.Management.Overview;
using OrleansBroker.Management.Pages;
using OrleansBroker.Management.Parameters;
using OrleansBroker.Management.Placement;
using OrleansBroker.Management.Policies;
using OrleansBroker.Management.Queues;
using OrleansBroker.Management.Transfers;
using OrleansBroker.Management.VirtualHosts;

namespace OrleansBroker.Management;

/// <summary>Registers the HTTP API.</summary>
public static class ManagementServices
{
    /// <summary>Adds what the HTTP API needs to a silo with the broker in it.</summary>
    /// <param name="services">The silo's services.</param>
    /// <param name="configure">Changes the options. Default: none.</param>
    public static IServiceCollection AddManagement(this IServiceCollection services, Action<ManagementOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<ManagementOptions>().Configure(options => configure?.Invoke(options)).ValidateDataAnnotations().ValidateOnStart();
        services.AddMetrics();
        services.AddSingleton<ManagementTelemetry>();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<ManagementOptions>>().Value);
        services.AddSingleton<ApiPipeline>();
        services.TryAddSingleton(new ServerIdentity("orleansbroker"));
        services.AddSingleton<ClusterTotals>();
        services.AddSingleton<ConsumerItems>();
        services.AddSingleton<QueueItems>();
        services.AddSingleton<QueuePages>();
        services.AddSingleton<IApiArea, IdentityEndpoints>();
        services.AddSingleton<IApiArea, GrainEndpoints>();
        services.AddSingleton<IApiArea, TransferEndpoints>();
        services.AddSingleton<IApiArea, OverviewEndpoints>();
        services.AddSingleton<IApiArea, ClientEndpoints>();
        services.AddSingleton<IApiArea, ExchangeEndpoints>();
        services.AddSingleton<IApiArea, PublishEndpoint>();
        services.AddSingleton<IApiArea, QueueEndpoints>();
        services.AddSingleton<IApiArea, MessageEndpoint>();
        services.AddSingleton<IApiArea, BindingEndpoints>();
        services.AddSingleton<IApiArea, HealthCheckEndpoints>();
        services.AddSingleton<IApiArea, OpenApiEndpoint>();
        services.AddSingleton<ParameterEndpoints>();
        services.AddSingleton<DefinitionSources>();
        services.AddSingleton<DefinitionsImport>();
        services.AddSingleton<IApiArea, UserEndpoints>();
        services.AddSingleton<IApiArea, PermissionEndpoints>();
        services.AddSingleton<IApiArea, VirtualHostEndpoints>();
        services.AddSingleton<IApiArea, PolicyEndpoints>();
        services.AddSingleton<IApiArea>(provider => provider.GetRequiredService<ParameterEndpoints>());
        services.AddSingleton<IApiArea, DefinitionsEndpoints>();
        services.AddSingleton<IStartTask, DefinitionsFile>();
        services.AddSingleton<MetricsEndpoint>();
        services.AddSingleton<MetricsReport>();
        return services;
    }

    /// <summary>Serves metrics, and nothing else, on the application's HTTP listener of that port.</summary>
    public static void UseMetrics(this WebApplication app, int port)
    {
        ArgumentNullException.ThrowIfNull(app);
        var metrics = app.Services.GetRequiredService<MetricsEndpoint>();
        app.MapWhen(context => context.Connection.LocalPort == port, branch => branch.Run(metrics.AnswerAsync));
    }

    /// <summary>Serves the API under <c>/api</c> of the application's HTTP listeners, and the pages at <c>/</c>.</summary>
    public static void UseManagement(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        var options = app.Services.GetRequiredService<ManagementOptions>();
        var root = options.PathPrefix + "/api";
        app.Use(new ApiConventions(options, root).InvokeAsync);
        var routes = new ApiRoutes(app, root, app.Services.GetRequiredService<ApiPipeline>());
        foreach (var area in app.Services.GetServices<IApiArea>())
        {
            area.Map(routes);
        }

        app.MapPages(options.PathPrefix);
    }
}
