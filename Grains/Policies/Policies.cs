using OrleansBroker.Grains.Interfaces.Policies;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Settings;

namespace OrleansBroker.Grains.Policies;

/// <summary>Lists and changes policies.</summary>
internal sealed class Policies(SettingsCache settings, SettingsWriter writer, PolicyExpiry expiry) : IPolicies
{
    public async ValueTask<Policy?> FindAsync(PolicyKind kind, string virtualHost, string name, CancellationToken cancellationToken) =>
        (await settings.GetAsync(cancellationToken)).PoliciesOf(virtualHost).All.FirstOrDefault(policy => policy.Kind == kind && policy.Name == name);

    public async ValueTask<IReadOnlyList<Policy>> ListAsync(PolicyKind kind, string? virtualHost, CancellationToken cancellationToken)
    {
        var all = (await settings.GetAsync(cancellationToken)).Policies.Where(set => virtualHost is null || set.Key == virtualHost).SelectMany(set => set.Value.All);
        return [.. all.Where(policy => policy.Kind == kind).OrderBy(p => p.VirtualHost, StringComparer.Ordinal).ThenBy(p => p.Name, StringComparer.Ordinal)];
    }

    public async Task<bool> PutAsync(IReadOnlyList<Policy> policies, CancellationToken cancellationToken)
    {
        foreach (var policy in policies)
        {
            PolicyRules.Check(policy);
        }

        var isNew = false;
        await ChangeAsync(
            async changes =>
            {
                for (var i = 0; i < policies.Count; i++)
                {
                    var policy = policies[i];
                    await SettingsRequirements.VirtualHostAsync(changes, policy.VirtualHost);
                    var key = SettingsKeys.Policy(KeyOf(policy.Kind), policy.VirtualHost, policy.Name);
                    var row = await changes.ReadAsync(key);
                    isNew = i == 0 ? row is null : isNew;
                    changes.Write(key, SettingsRows.Encode(policy));
                }
            },
            policies.Select(policy => policy.VirtualHost),
            cancellationToken);
        return isNew;
    }

    public async Task<bool> DeleteAsync(PolicyKind kind, string virtualHost, string name, CancellationToken cancellationToken)
    {
        var found = false;
        await ChangeAsync(
            async changes =>
            {
                var key = SettingsKeys.Policy(KeyOf(kind), virtualHost, name);
                found = await changes.ReadAsync(key) is not null;
                changes.Write(key, null);
            },
            [virtualHost],
            cancellationToken);
        return found;
    }

    public async ValueTask<EffectivePolicy> OfAsync(QueueDefinition queue, CancellationToken cancellationToken) =>
        (await settings.GetAsync(cancellationToken)).PoliciesOf(queue.Id.VirtualHost).Of(queue);

    public async ValueTask<EffectivePolicy> OfAsync(ExchangeDefinition exchange, CancellationToken cancellationToken) =>
        (await settings.GetAsync(cancellationToken)).PoliciesOf(exchange.Id.VirtualHost).Of(exchange);

    private static string KeyOf(PolicyKind kind) => kind == PolicyKind.Policy ? SettingsKeys.PolicyKind : SettingsKeys.OperatorPolicyKind;

    private Task ChangeAsync(Func<SettingsChanges, Task> plan, IEnumerable<string> virtualHosts, CancellationToken cancellationToken)
    {
        return RunAsync().WaitAsync(cancellationToken);

        async Task RunAsync()
        {
            var before = await settings.GetAsync(CancellationToken.None);
            await writer.ChangeAsync(plan);
            await expiry.NoteAsync(before, await settings.GetAsync(CancellationToken.None), virtualHosts.Distinct(StringComparer.Ordinal));
        }
    }
}
