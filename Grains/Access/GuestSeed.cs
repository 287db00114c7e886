using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Settings;
using OrleansBroker.Grains.Topology;
using OrleansBroker.Grains.Topology.Rows;

namespace OrleansBroker.Grains.Access;

/// <summary>
/// Stores the guest at the first start without configured users. Once only: a guest that was deleted stays away, and one whose password
/// was changed keeps it.
/// </summary>
internal sealed partial class GuestSeed(
    ConfiguredUsers configured,
    SettingsCache settings,
    SettingsWriter writer,
    Incarnations incarnations,
    IOptions<TopologyOptions> topology,
    ILogger<GuestSeed> logger)
    : ILifecycleParticipant<ISiloLifecycle>
{
    private const string Guest = "guest";

    public void Participate(ISiloLifecycle observer) => observer.Subscribe(nameof(GuestSeed), ServiceLifecycleStage.Active, RunAsync);

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

        var user = new UserDefinition { Name = Guest, PasswordHash = PasswordHash.Create(Guest), Tags = ["administrator"] };
        var incarnation = await incarnations.NextAsync(cancellationToken);
        await writer.ChangeAsync(async changes =>
        {
            if (await changes.ReadAsync(SettingsKeys.Seeded) is not null)
            {
                return;
            }

            changes.Write(SettingsKeys.Seeded, TopologyRows.Marker);
            if (await changes.ReadAsync(SettingsKeys.User(Guest)) is null)
            {
                changes.Write(SettingsKeys.User(Guest), SettingsRows.Encode(user, incarnation));
                foreach (var virtualHost in topology.Value.ConfiguredVirtualHosts.Append("/"))
                {
                    changes.Write(SettingsKeys.Permission(Guest, virtualHost), SettingsRows.Encode(incarnation, ".*", ".*", ".*"));
                }

                LogSeeded(logger);
            }
        });
    }

    [LoggerMessage(2411, LogLevel.Information, "Created the user guest with the password guest, for this machine only")]
    private static partial void LogSeeded(ILogger logger);
}
