using Microsoft.Extensions.Logging;
using Orleans.Runtime.Services;
using Orleans.Services;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Settings;

namespace OrleansBroker.Grains.Access.Tallies;

/// <summary>What is counted of a name.</summary>
internal enum TallyKind
{
    /// <summary>A virtual host's connections.</summary>
    VirtualHostConnections,
    /// <summary>A user's connections.</summary>
    UserConnections,
    /// <summary>A user's channels.</summary>
    UserChannels,
}

/// <summary>Tells other silos what this one has.</summary>
[Alias("orleansbroker.ITallyService")]
internal interface ITallyService : IGrainService
{
    /// <summary>How many there are on this silo.</summary>
    [Alias("Count")]
    Task<long> CountAsync(TallyKind kind, string name);
}

/// <inheritdoc cref="ITallyService"/>
internal sealed class TallyService(GrainId id, Silo silo, ILoggerFactory loggers, LocalTally tally) : GrainService(id, silo, loggers), ITallyService
{
    public Task<long> CountAsync(TallyKind kind, string name) => Task.FromResult(tally.Count(kind, name));
}

/// <summary>Reaches the tallies of other silos.</summary>
internal sealed class TallyServices(IServiceProvider services) : GrainServiceClient<ITallyService>(services)
{
    public ITallyService On(SiloAddress silo) => GetGrainService(silo);
}

/// <summary>The connections and channels of this silo.</summary>
internal sealed class LocalTally
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(TallyKind Kind, string Name), long> _counts = [];

    public long Count(TallyKind kind, string name)
    {
        lock (_lock)
        {
            return _counts.GetValueOrDefault((kind, name));
        }
    }

    public void Add(TallyKind kind, string name, int count)
    {
        lock (_lock)
        {
            var sum = _counts.GetValueOrDefault((kind, name)) + count;
            if (sum == 0)
            {
                _counts.Remove((kind, name));
            }
            else
            {
                _counts[(kind, name)] = sum;
            }
        }
    }
}

/// <inheritdoc cref="IConnectionTally"/>
internal sealed class ConnectionTally(
    LocalTally local, SettingsCache settings, TallyServices services, IClusterMembershipService membership, ILocalSiloDetails self) : IConnectionTally
{
    public async ValueTask<IDisposable> ConnectAsync(string user, string virtualHost, CancellationToken cancellationToken)
    {
        var held = new Held(local, [(TallyKind.VirtualHostConnections, virtualHost), (TallyKind.UserConnections, user)]);
        try
        {
            var current = await settings.GetAsync(cancellationToken);
            if (current.VirtualHostLimit(virtualHost, Interfaces.Topology.VirtualHostDefinition.MaxConnections) is { } most
                && await CountAsync(TallyKind.VirtualHostConnections, virtualHost) > most)
            {
                throw Refusal($"access to vhost '{virtualHost}' refused for user '{user}': connection limit ({most}) is reached");
            }

            if (current.UserLimit(user, UserDefinition.MaxConnections) is { } limit && await CountAsync(TallyKind.UserConnections, user) > limit)
            {
                throw Refusal($"connection refused for user '{user}': user connection limit ({limit}) is reached");
            }

            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    public async ValueTask<IDisposable> OpenChannelAsync(string user, CancellationToken cancellationToken)
    {
        var held = new Held(local, [(TallyKind.UserChannels, user)]);
        try
        {
            var current = await settings.GetAsync(cancellationToken);
            if (current.UserLimit(user, UserDefinition.MaxChannels) is { } limit && await CountAsync(TallyKind.UserChannels, user) > limit)
            {
                throw Refusal($"number of channels opened for user '{user}' has reached the maximum allowed user limit of {limit}");
            }

            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    private static BrokerException Refusal(string why) => new(ReplyCode.NotAllowed, why);

    private async Task<long> CountAsync(TallyKind kind, string name)
    {
        var others = membership.CurrentSnapshot.Members.Values
            .Where(member => member.Status == SiloStatus.Active && !member.SiloAddress.Equals(self.SiloAddress))
            .Select(member => services.On(member.SiloAddress).CountAsync(kind, name));
        var counts = await Task.WhenAll(others);
        return local.Count(kind, name) + counts.Sum();
    }

    private sealed class Held : IDisposable
    {
        private readonly LocalTally _tally;
        private (TallyKind Kind, string Name)[] _what;

        public Held(LocalTally tally, (TallyKind Kind, string Name)[] what)
        {
            (_tally, _what) = (tally, what);
            foreach (var (kind, name) in what)
            {
                tally.Add(kind, name, 1);
            }
        }

        public void Dispose()
        {
            foreach (var (kind, name) in Interlocked.Exchange(ref _what, []))
            {
                _tally.Add(kind, name, -1);
            }
        }
    }
}
