using OrleansBroker.Grains.Exchanges.Coherence;
using OrleansBroker.Grains.Policies;

namespace OrleansBroker.Grains.Settings;

/// <summary>Takes news in on this silo: those of exchanges at once, for those of settings it reads what changed.</summary>
internal sealed class SiloNews(RoutingTableCache tables, SettingsCache settings) : IRoutingNewsHandler
{
    public async ValueTask HandleAsync(RoutingNews news)
    {
        if (news.Changes.Count > 0 || news.DeletedVirtualHost is not null)
        {
            await tables.HandleAsync(news);
        }

        if (news.SettingsChanged)
        {
            await settings.HearAsync();
        }
    }
}

/// <summary>Lets the routing tables go by the alternate exchanges of policies.</summary>
internal sealed class TablePolicies(RoutingTableCache tables) : ISettingsListener
{
    public Task ApplyAsync(SettingsSnapshot before, SettingsSnapshot now)
    {
        if (!PolicySet.AreSame(before.Policies, now.Policies))
        {
            tables.SetAlternates(exchange => now.PoliciesOf(exchange.Id.VirtualHost).AlternateOf(exchange));
        }

        return Task.CompletedTask;
    }
}
