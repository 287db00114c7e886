using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using OrleansBroker.Grains.Access;
using OrleansBroker.Grains.Interfaces.Access;

namespace OrleansBroker.Grains.Sessions;

/// <summary>Registers what native sessions need on a silo.</summary>
internal static class SessionServices
{
    /// <summary>Adds access control, the call filter and the sessions' options.</summary>
    public static IServiceCollection AddSessions(this IServiceCollection services)
    {
        services.AddSingleton<IValidateOptions<SessionOptions>, SessionOptionsValidator>();
        services.AddOptions<SessionOptions>().ValidateOnStart();
        services.AddOptions<AccessOptions>().ValidateOnStart();
        services.TryAddSingleton<IAccessControl, ConfiguredAccessControl>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, PermissionCheck>();
        services.AddSingleton<IIncomingGrainCallFilter, SessionCallFilter>();
        services.TryAddSingleton(TimeProvider.System);
        return services;
    }
}
