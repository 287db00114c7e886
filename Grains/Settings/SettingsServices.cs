using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OrleansBroker.Grains.Access;
using OrleansBroker.Grains.Access.Tallies;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Parameters;
using OrleansBroker.Grains.Interfaces.Policies;
using OrleansBroker.Grains.Policies;

namespace OrleansBroker.Grains.Settings;

/// <summary>Registers users, permissions, policies and parameters.</summary>
internal static class SettingsServices
{
    public static ISiloBuilder AddSettings(this ISiloBuilder silo)
    {
        silo.AddGrainService<TallyService>();
        silo.Services.AddOptions<AccessOptions>().ValidateOnStart();
        silo.Services.TryAddSingleton<IAccessControl, AccessControl>();
        silo.Services
            .AddSingleton<ConfiguredUsers>()
            .AddSingleton<IUsers, Users>()
            .AddSingleton<ILoginAttempts, LoginCounts>()
            .AddSingleton<LocalTally>()
            .AddSingleton<TallyServices>()
            .AddSingleton<IConnectionTally, ConnectionTally>()
            .AddSingleton<ILifecycleParticipant<ISiloLifecycle>, GuestSeed>()
            .AddSingleton<ILifecycleParticipant<ISiloLifecycle>, StartTasks>()
            .AddSingleton<ILifecycleParticipant<ISiloLifecycle>, PermissionCheck>();
        silo.Services
            .AddSingleton<PolicyExpiry>()
            .AddSingleton<IPolicies, Policies.Policies>()
            .AddSingleton<IParameters, Parameters.Parameters>();
        return silo;
    }
}
