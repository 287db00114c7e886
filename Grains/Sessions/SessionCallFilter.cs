using System.Collections.Concurrent;
using System.Reflection;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Sessions;

namespace OrleansBroker.Grains.Sessions;

/// <summary>
/// Keeps external clients away from every grain of the broker but their own session; grains of an embedding application are not
/// concerned. It trusts the sender that a message names: an Orleans gateway has no login, so a hand-made frame can lie. That is why
/// the gateway listens on loopback unless it is configured otherwise.
/// </summary>
internal sealed class SessionCallFilter : IIncomingGrainCallFilter
{
    /// <summary>Key of the request context under which an opening session learns which external client calls.</summary>
    internal const string ExternalCaller = "orleansbroker.external";

    private readonly Assembly[] _ours = [typeof(ISessionGrain).Assembly, typeof(SessionCallFilter).Assembly];
    private readonly ConcurrentDictionary<Type, bool> _isOurs = new();

    /// <inheritdoc/>
    public Task Invoke(IIncomingGrainCallContext context)
    {
        if (context.SourceId is not { } source || !IsExternal(source))
        {
            return context.Invoke();
        }

        if (context.Grain is SessionGrain session)
        {
            return InvokeSession(context, session, source);
        }

        if (IsOurs(context.Request.GetInterfaceType()) || (context.Grain is { } grain && IsOurs(grain.GetType())))
        {
            throw new BrokerException(ReplyCode.AccessRefused, $"external clients may call sessions only, not {context.InterfaceName}");
        }

        return context.Invoke();
    }

    // Orleans names the client inside a silo "hosted-" and the silo's address.
    internal static bool IsExternal(GrainId source) => source.IsClient() && !source.Key.AsSpan().StartsWith("hosted-"u8);

    private static Task InvokeSession(IIncomingGrainCallContext context, SessionGrain session, GrainId source)
    {
        if (session.Client is { } owner && owner != source)
        {
            throw new BrokerException(ReplyCode.AccessRefused, "the session is another client's");
        }

        if (context.MethodName == nameof(ISessionGrain.OpenAsync))
        {
            // Only there: what is in the request context travels with every call that follows from this one.
            RequestContext.Set(ExternalCaller, source);
        }

        return context.Invoke();
    }

    private bool IsOurs(Type type) => _isOurs.GetOrAdd(type, static (t, ours) => ours.Contains(t.Assembly), _ours);
}
