using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace OrleansBroker.Grains.Sessions;

/// <summary>Registers what native sessions need on a silo.</summary>
internal static class SessionServices
{
    /// <summary>Adds the call filter and the sessions' options.</summary>
    public static IServiceCollection AddSessions(this IServiceCollection services)
    {
        services.AddSingleton<IValidateOptions<SessionOptions>, SessionOptionsValidator>();
        services.AddOptions<SessionOptions>().ValidateOnStart();
        services.AddSingleton<IIncomingGrainCallFilter, SessionCallFilter>();
        return services;
    }
}
