using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Access;

/// <summary>Tells at start of permissions for virtual hosts that there are not: a misspelled one shows itself as a refused client only.</summary>
internal sealed partial class PermissionCheck(IOptions<AccessOptions> options, ITopology topology, ILogger<PermissionCheck> logger)
    : ILifecycleParticipant<ISiloLifecycle>
{
    public void Participate(ISiloLifecycle observer) =>
        // After the configured virtual hosts have been made.
        observer.Subscribe(nameof(PermissionCheck), ServiceLifecycleStage.Active + 1, CheckAsync);

    internal async Task CheckAsync(CancellationToken cancellationToken)
    {
        foreach (var (name, user) in options.Value.Users)
        {
            foreach (var virtualHost in user.Permissions.Keys.Where(key => key != "*"))
            {
                if (!await topology.VirtualHostExistsAsync(virtualHost, cancellationToken))
                {
                    LogMissing(logger, name, virtualHost);
                }
            }
        }
    }

    [LoggerMessage(2401, LogLevel.Warning, "User {User} has permissions for virtual host '{VirtualHost}', which does not exist; Broker:Topology:VirtualHosts names those that are created at start")]
    private static partial void LogMissing(ILogger logger, string user, string virtualHost);
}
