using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OrleansBroker.Grains.Access;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Telemetry;

namespace OrleansBroker.Tests.Access;

public sealed class StoredUserTests : IDisposable
{
    private readonly AccessOptions _options = new();
    private readonly SettingsBench _bench = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().AddSingleton(TimeProvider.System).AddSingleton<BrokerTelemetry>().BuildServiceProvider();
    private readonly AccessControl _access;
    private readonly Users _users;

    public StoredUserTests()
    {
        _options.Users["configured"] = new() { Password = "p", Permissions = { ["*"] = new() } };
        _access = new AccessControl(
            new ConfiguredUsers(Options.Create(_options)), _bench.Settings, Options.Create(_options), TimeProvider.System, _services.GetRequiredService<BrokerTelemetry>());
        _users = _bench.Users(_options);
    }

    public void Dispose()
    {
        _access.Dispose();
        _bench.Dispose();
        _services.Dispose();
    }

    [Fact]
    public async Task A_user_who_is_stored_can_log_in_and_with_a_new_password_only_with_that()
    {
        Assert.True(await PutAsync("ada", "old"));
        Assert.Equal(LoginOutcome.Accepted, await LoginAsync("ada", "old"));
        Assert.False(await PutAsync("ada", "new"));

        // The old one was right a moment ago, and is remembered; it is not right any more.
        Assert.Equal(LoginOutcome.InvalidCredentials, await LoginAsync("ada", "old"));
        Assert.Equal(LoginOutcome.Accepted, await LoginAsync("ada", "new"));
    }

    [Fact]
    public async Task A_user_without_a_hash_and_one_with_an_empty_password_cannot_log_in()
    {
        await _users.PutAsync([new UserDefinition { Name = "none" }, new UserDefinition { Name = "empty", PasswordHash = _users.Hash("", RabbitSha256) }], default);

        Assert.Equal(LoginOutcome.InvalidCredentials, await LoginAsync("none", ""));
        Assert.Equal(LoginOutcome.InvalidCredentials, await LoginAsync("none", "x"));
        Assert.Equal(LoginOutcome.InvalidCredentials, await LoginAsync("empty", ""));
    }

    [Fact]
    public async Task A_guest_who_is_stored_comes_from_this_machine_only()
    {
        await PutAsync("guest", "better");
        await PutAsync("ada", "x");

        Assert.Equal(LoginOutcome.LoopbackOnly, await LoginAsync("guest", "better", isLoopback: false));
        Assert.Equal(LoginOutcome.Accepted, await LoginAsync("guest", "better"));
        Assert.Equal(LoginOutcome.Accepted, await LoginAsync("ada", "x", isLoopback: false));
    }

    [Fact]
    public async Task The_guest_is_made_once_and_stays_away_when_it_was_deleted()
    {
        var none = new AccessOptions();
        using var bench = new SettingsBench();
        await bench.SeedAsync(none);
        await bench.Users(none).DeleteAsync(["guest"], default);
        await bench.SeedAsync(none);

        Assert.Empty(await bench.Users(none).ListAsync(default));
    }

    [Fact]
    public async Task The_default_user_is_made_in_the_guests_stead_and_keeps_the_password_of_the_first_start()
    {
        using var bench = new SettingsBench();
        await bench.SeedAsync(new() { DefaultUser = "ada", DefaultPassword = "first" });
        await bench.SeedAsync(new() { DefaultUser = "eve", DefaultPassword = "second" });

        var only = Assert.Single(await bench.Users(new()).ListAsync(default));
        Assert.Equal("ada", only.Name);
        Assert.Equal(["administrator"], only.Tags);
        Assert.True(PasswordHash.Verify("first", only.PasswordHash!));
    }

    [Fact]
    public async Task What_configuration_names_is_as_it_says_and_cannot_be_changed()
    {
        var refused = await Assert.ThrowsAsync<BrokerException>(() => _users.PutAsync([new UserDefinition { Name = "configured" }], default));
        Assert.Equal(
            "PRECONDITION_FAILED - user 'configured' is set by configuration (Broker:Access:Users:configured) and is changed there", refused.Message);
        await Assert.ThrowsAsync<BrokerException>(() => _users.DeleteAsync(["configured"], default));
        await Assert.ThrowsAsync<BrokerException>(() => GrantAsync("configured", "/", ".*"));
        Assert.Equal(LoginOutcome.Accepted, await LoginAsync("configured", "p"));
        Assert.True((await _users.ListAsync(default)).Single().IsConfigured);
    }

    [Fact]
    public async Task Permissions_hold_from_the_moment_they_are_set_and_go_with_the_user()
    {
        await _bench.AddVirtualHostAsync("/");
        await PutAsync("ada", "x");
        Assert.False(await _access.MayEnterAsync("ada", "/", default));

        var version = _access.Version;
        Assert.True(await GrantAsync("ada", "/", "^a-"));
        Assert.False(await GrantAsync("ada", "/", "^b-"));

        Assert.True(_access.Version > version);
        Assert.True(await _access.MayEnterAsync("ada", "/", default));
        Assert.True(await _access.AuthorizeAsync("ada", "/", Permission.Write, "b-1", default));
        Assert.False(await _access.AuthorizeAsync("ada", "/", Permission.Write, "a-1", default));
        Assert.False(await _access.AuthorizeAsync("ada", "/", Permission.Read, "b-1", default));

        await _users.DeleteAsync(["ada"], default);
        await PutAsync("ada", "x");
        Assert.False(await _access.MayEnterAsync("ada", "/", default));
        Assert.Empty(await _users.ListPermissionsAsync(default));
    }

    [Fact]
    public async Task Permissions_need_a_user_and_a_virtual_host()
    {
        await PutAsync("ada", "x");
        Assert.Equal("NOT_FOUND - no vhost '/'", (await Assert.ThrowsAsync<BrokerException>(() => GrantAsync("ada", "/", ""))).Message);
        await _bench.AddVirtualHostAsync("/");
        Assert.Equal("NOT_FOUND - no user 'bob'", (await Assert.ThrowsAsync<BrokerException>(() => GrantAsync("bob", "/", ""))).Message);
    }

    [Fact]
    public async Task Who_loses_a_user_is_told()
    {
        await PutAsync("ada", "x");
        await PutAsync("bob", "x");
        Assert.Equal(LoginOutcome.Accepted, await LoginAsync("ada", "x"));
        AccessLoss? lost = null;
        _access.Lost += loss => lost = loss;

        await PutAsync("bob", "y");
        Assert.Null(lost);
        await _users.DeleteAsync(["ada", "nobody"], default);

        Assert.Equal(["ada"], lost!.Users);
    }

    [Theory]
    [InlineData("^{username}\\.{vhost}\\.", "a+b.v{x}.key", true)]
    [InlineData("^{username}\\.{vhost}\\.", "aab.v{x}.key", false)]
    [InlineData("^{client_id}$", "c.1", true)]
    [InlineData("^{client_id}$", "cx1", false)]
    [InlineData("^[{client_id}]+$", "1c.", true)]
    [InlineData("", "key", false)]
    [InlineData("", "", true)]
    public async Task Topic_permissions_narrow_routing_keys_with_variables_that_are_taken_as_they_are(string pattern, string key, bool allowed)
    {
        await _bench.AddVirtualHostAsync("v{x}");
        await PutAsync("a+b", "x");
        var exchange = new ExchangeId("v{x}", "topics");
        Assert.True(await _access.AuthorizeTopicAsync("a+b", exchange, Permission.Write, new TopicKey(key), default));
        Assert.False(await _access.HasTopicRulesAsync("a+b", exchange, default));

        await _users.PutTopicPermissionsAsync(
            [new TopicPermissionDefinition { User = "a+b", VirtualHost = "v{x}", Exchange = "topics", Write = pattern, Read = ".*" }], default);

        Assert.True(await _access.HasTopicRulesAsync("a+b", exchange, default));
        Assert.Equal(allowed, await _access.AuthorizeTopicAsync("a+b", exchange, Permission.Write, new TopicKey(key, "c.1"), default));
        Assert.True(await _access.AuthorizeTopicAsync("a+b", exchange, Permission.Read, new TopicKey(key, "c.1"), default));
        Assert.True(await _access.AuthorizeTopicAsync("a+b", exchange with { Name = "others" }, Permission.Write, new TopicKey(key), default));
    }

    [Theory]
    [InlineData("^(?!amq\\.).*", "amq.gen-1", false)]
    [InlineData("^(?!amq\\.).*", "orders", true)]
    [InlineData("^(?!(a|b)x)[a-z]+$", "bxy", false)]
    [InlineData("^(?!(a|b)x)[a-z]+$", "cxy", true)]
    [InlineData("^(?!(a|b)x)[a-z]+$", "c1", false)]
    [InlineData("^(?![)])ab", "ab", true)]
    public void A_look_ahead_in_front_is_matched(string pattern, string name, bool matches) =>
        Assert.Equal(matches, NamePattern.Parse(pattern).Matches(name));

    [Theory]
    [InlineData("^(?!a)b|c")]
    [InlineData("x(?!a)b")]
    [InlineData("^(?!a(?=b))c")]
    public void Other_look_arounds_are_refused(string pattern) => Assert.False(NamePattern.TryParse(pattern, out _, out _));

    private const string RabbitSha256 = "rabbit_password_hashing_sha256";

    // One of RabbitMQ's hashes: quick, for many tests.
    private Task<bool> PutAsync(string user, string password) =>
        _users.PutAsync([new UserDefinition { Name = user, PasswordHash = _users.Hash(password, RabbitSha256) }], default);

    private Task<bool> GrantAsync(string user, string virtualHost, string write) => _users.PutPermissionsAsync(
        [new PermissionDefinition { User = user, VirtualHost = virtualHost, Configure = "", Write = write, Read = "" }], default);

    private ValueTask<LoginOutcome> LoginAsync(string user, string password, bool isLoopback = true) =>
        _access.AuthenticateAsync(user, password, isLoopback, default);
}
