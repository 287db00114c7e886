using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Settings;
using OrleansBroker.Grains.Topology;
using OrleansBroker.Grains.Topology.Rows;

namespace OrleansBroker.Grains.Access;

/// <summary>
/// Stores the default user, the guest where nothing else is set, at the first start without configured users. Once only: a user that was
/// deleted stays away, and one whose password was changed keeps it.
/// </summary>
internal sealed partial class GuestSeed(
    ConfiguredUsers configured,
    SettingsCache settings,
    SettingsWriter writer,
    Incarnations incarnations,
    IOptions<AccessOptions> access,
    IOptions<TopologyOptions> topology,
    ILogger<GuestSeed> logger)
    : ILifecycleParticipant<ISiloLifecycle>
{
    // Once it is known that the silo may have the store of its cluster.
    public void Participate(ISiloLifecycle observer) => observer.Subscribe(nameof(GuestSeed), ServiceLifecycleStage.Active + 1, RunAsync);

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        await SeedAsync(cancellationToken);
        settings.EndSeeding();
    }

    internal async Task SeedAsync(CancellationToken cancellationToken)
    {
        if (configured.All.Count > 0 || await writer.Store.GetAsync(SettingsKeys.Seeded, cancellationToken) is not null)
        {
            return;
        }

        var name = access.Value.DefaultUser;
        var user = new UserDefinition { Name = name, PasswordHash = PasswordHash.Create(access.Value.DefaultPassword), Tags = ["administrator"] };
        var incarnation = await incarnations.NextAsync(cancellationToken);
        await writer.ChangeAsync(async changes =>
        {
            if (await changes.ReadAsync(SettingsKeys.Seeded) is not null)
            {
                return;
            }

            changes.Write(SettingsKeys.Seeded, TopologyRows.Marker);
            if (await changes.ReadAsync(SettingsKeys.User(name)) is null)
            {
                changes.Write(SettingsKeys.User(name), SettingsRows.Encode(user, incarnation));
                foreach (var virtualHost in topology.Value.ConfiguredVirtualHosts.Append("/"))
                {
                    changes.Write(SettingsKeys.Permission(name, virtualHost), SettingsRows.Encode(incarnation, ".*", ".*", ".*"));
                }

                LogSeeded(logger, name);
            }
        });
    }

    [LoggerMessage(2411, LogLevel.Information, "Created the user {User}, an administrator with all permissions")]
    private static partial void LogSeeded(ILogger logger, string user);
}
