using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OrleansBroker.Grains.Hosting;
using OrleansBroker.Grains.Sessions;
using OrleansBroker.Silo.Configuration;

namespace OrleansBroker.Tests.Hosting;

/// <summary>Settings, from configuration and from code.</summary>
public class BrokerOptionsTests
{
    [Fact]
    public void A_configured_user_is_known_by_name_and_virtual_host() =>
        Assert.Empty(Problems(("Broker:Access:Users:anna:Password", "x"), ("Broker:Access:Users:anna:Permissions:/:Write", "^$")));

    [Fact]
    public void A_mistyped_key_below_a_name_is_found_and_its_value_kept_secret()
    {
        var problem = Assert.Single(Problems(("Broker:Access:Users:anna:Pasword", "secret")));
        Assert.Contains("Broker:Access:Users:anna:Pasword", problem);
        Assert.DoesNotContain("secret", problem);
    }

    [Fact]
    public void Keys_are_known_whatever_their_case() => Assert.Empty(Problems(("broker:store:path", "/tmp"), ("BROKER:SILO:PORT", "1")));

    [Fact]
    public void A_section_that_was_given_a_value_is_no_setting() => Assert.Single(Problems(("Broker:Store", "x")));

    [Fact]
    public void What_only_the_code_sets_is_no_key() => Assert.Single(Problems(("Broker:Topology:SingleSilo", "true")));

    [Fact]
    public void Settings_that_contradict_each_other_are_found() =>
        Assert.Contains("less than Broker:Topology:LeaseDuration", Assert.Single(Problems(("Broker:Topology:LeaseRenewal", "00:00:03"))));

    [Fact]
    public void Users_and_virtual_hosts_that_cannot_be_are_found()
    {
        Assert.StartsWith("Broker:Access:Users:anna:Permissions:/:Read is '('", Assert.Single(Problems(("Broker:Access:Users:anna:Permissions:/:Read", "("))));
        Assert.StartsWith("Broker:Topology:VirtualHosts is ", Assert.Single(Problems(("Broker:Topology:VirtualHosts", "a, " + new string('b', 256)))));
        Assert.Empty(Problems(("Broker:Topology:VirtualHosts", "orders, billing,")));
    }

    [Fact]
    public void A_password_in_the_wrong_place_is_not_shown() =>
        Assert.DoesNotContain("secret", Assert.Single(Problems(("Broker:Amqp:CertificatePassword", "secret"))));

    [Fact]
    public void The_port_for_TLS_is_one_of_its_own_where_it_is_open()
    {
        Assert.Empty(Problems(("Broker:Amqp:Tls:Port", "5672")));
        Assert.Contains(
            "Broker:Amqp:Port and Broker:Amqp:Tls:Port", Assert.Single(Problems(("Broker:Amqp:Tls:Port", "5672"), ("Broker:Amqp:Tls:Certificate", "x.pem"))));
    }

    [Fact]
    public void Two_listeners_on_one_port_are_found() =>
        Assert.Contains("Broker:Silo:Port and Broker:Silo:GatewayPort", Assert.Single(Problems(("Broker:Silo:Port", "30000"))));

    [Fact]
    public async Task An_embedded_broker_does_not_start_with_a_value_that_cannot_be()
    {
        using var host = Embedded(broker => broker.Sessions.Lease = TimeSpan.Zero);
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync());
        Assert.Contains("Broker:Sessions:Lease is '00:00:00'; allowed: a time such as 00:00:30 from 00:00:03 to 01:00:00.", failure.Message);
    }

    [Fact]
    public void An_area_is_options_of_its_own_and_takes_what_the_application_configures_besides()
    {
        using var host = Embedded(broker => broker.Sessions.MaxQueues = 7, services => services.Configure<SessionOptions>(more => more.MaxMessageBytes = 8));
        var sessions = host.Services.GetRequiredService<IOptions<SessionOptions>>().Value;
        Assert.Equal((7, 8), (sessions.MaxQueues, sessions.MaxMessageBytes));
    }

    private static IReadOnlyList<string> Problems(params (string Key, string Value)[] settings) => ConfigurationCheck.Problems(
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(set => KeyValuePair.Create(set.Key, (string?)set.Value))).Build());

    private static IHost Embedded(Action<BrokerOptions> configure, Action<IServiceCollection>? more = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering().AddBroker(broker =>
            {
                broker.Store.Provider = StoreProvider.Memory;
                configure(broker);
            });
            more?.Invoke(silo.Services);
        });
        return builder.Build();
    }
}
