using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OrleansBroker.Grains.Access;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Telemetry;

namespace OrleansBroker.Tests.Access;

public sealed class AccessControlTests : IDisposable
{
    private readonly AccessOptions _options = new();
    private readonly SettingsBench _bench = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().AddSingleton(TimeProvider.System).AddSingleton<BrokerTelemetry>().BuildServiceProvider();

    private BrokerTelemetry Telemetry => _services.GetRequiredService<BrokerTelemetry>();

    public void Dispose()
    {
        _bench.Dispose();
        _services.Dispose();
    }

    [Fact]
    public async Task The_guest_has_everything_but_from_this_machine_only()
    {
        await _bench.SeedAsync(_options);
        Assert.Equal(LoginOutcome.Accepted, await LoginAsync("guest", "guest"));
        Assert.Equal(LoginOutcome.LoopbackOnly, await LoginAsync("guest", "guest", isLoopback: false));
        Assert.Equal(LoginOutcome.InvalidCredentials, await LoginAsync("guest", "Guest"));
        Assert.Equal(LoginOutcome.InvalidCredentials, await LoginAsync("guest", "wrong", isLoopback: false));
        Assert.True(await AllowsAsync("guest", Permission.Configure, "anything"));
    }

    [Fact]
    public async Task Where_users_are_configured_there_is_no_guest()
    {
        _options.Users["ada"] = new() { Password = "p" };
        await _bench.SeedAsync(_options);

        Assert.Equal(LoginOutcome.InvalidCredentials, await LoginAsync("guest", "guest"));
        Assert.Equal(LoginOutcome.Accepted, await LoginAsync("ada", "p", isLoopback: false));
        Assert.False(await AllowsAsync("ada", Permission.Read, "q"));
        Assert.False(await Build().MayEnterAsync("ada", "/", default));
    }

    [Fact]
    public async Task A_user_without_a_password_cannot_log_in()
    {
        _options.Users["ada"] = new();
        _options.Users["bob"] = new() { Password = "" };

        Assert.Equal(LoginOutcome.InvalidCredentials, await LoginAsync("ada", ""));
        Assert.Equal(LoginOutcome.InvalidCredentials, await LoginAsync("bob", ""));
    }

    [Theory]
    [InlineData("rabbit_password_hashing_sha256")]
    [InlineData("rabbit_password_hashing_sha512")]
    public async Task A_hash_of_RabbitMQs_is_verified(string scheme)
    {
        byte[] salt = [0x90, 0x8D, 0xC6, 0x0A];
        byte[] salted = [.. salt, .. "test12"u8];
        var hash = scheme.EndsWith("256", StringComparison.Ordinal)
            ? System.Security.Cryptography.SHA256.HashData(salted)
            : System.Security.Cryptography.SHA512.HashData(salted);
        _options.Users["ada"] = new() { PasswordHash = $"{scheme}${Convert.ToBase64String([.. salt, .. hash])}" };
        Assert.Equal(LoginOutcome.Accepted, await LoginAsync("ada", "test12"));
        Assert.Equal(LoginOutcome.InvalidCredentials, await LoginAsync("ada", "test13"));
    }

    [Fact]
    public async Task Tags_are_told()
    {
        _options.Users["ada"] = new() { Tags = "administrator, impersonator" };
        Assert.Equal(["administrator", "impersonator"], await Build().GetTagsAsync("ada", default));
        Assert.Empty(await Build().GetTagsAsync("bob", default));
    }

    [Fact]
    public async Task A_storm_of_logins_is_verified_once_and_a_wrong_password_each_time()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        using var logins = new RecentLogins(time, Telemetry);
        var verified = 0;
        bool Verify(bool right)
        {
            Interlocked.Increment(ref verified);
            return right;
        }

        Assert.All(await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => logins.VerifyAsync("ada", "p", () => Verify(true), default))), Assert.True);
        Assert.Equal(1, verified);
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.True(await logins.VerifyAsync("ada", "p", () => Verify(true), default));
        Assert.Equal(2, verified);
        Assert.False(await logins.VerifyAsync("ada", "q", () => Verify(false), default));
        Assert.False(await logins.VerifyAsync("ada", "q", () => Verify(false), default));
        Assert.Equal(4, verified);
    }

    [Fact]
    public async Task A_password_that_nobody_waits_for_any_more_is_not_verified()
    {
        using var logins = new RecentLogins(TimeProvider.System, Telemetry);
        using var go = new ManualResetEventSlim();
        var verified = new System.Collections.Concurrent.ConcurrentBag<string>();
        bool Verify(string password)
        {
            verified.Add(password);
            go.Wait();
            return true;
        }

        // More than run at a time: some wait for their turn, and all but one of those give up.
        using var patience = new CancellationTokenSource();
        var running = Enumerable.Range(0, Environment.ProcessorCount).Select(i => logins.VerifyAsync("ada", $"{i}", () => Verify($"{i}"), default)).ToArray();
        var impatient = logins.VerifyAsync("ada", "impatient", () => Verify("impatient"), patience.Token);
        var left = logins.VerifyAsync("ada", "left", () => Verify("left"), patience.Token);
        var patient = logins.VerifyAsync("ada", "left", () => Verify("left"), default);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        go.Set();
        Assert.True(await patient);
        Assert.All(await Task.WhenAll(running), Assert.True);
        Assert.True(await logins.VerifyAsync("ada", "last", () => Verify("last"), default));
        Assert.Equal(Environment.ProcessorCount + 2, verified.Count);
        Assert.DoesNotContain("impatient", verified);
        Assert.True(await logins.VerifyAsync("ada", "impatient", () => Verify("impatient"), default));
    }

    [Fact]
    public async Task Whom_a_certificate_vouches_for_needs_no_password_but_has_to_be_known()
    {
        _options.Users["ada"] = new();
        _options.Users["home"] = new() { LoopbackOnly = true };

        Assert.Equal(LoginOutcome.Accepted, await Build().IdentifyAsync("ada", isLoopback: false, default));
        Assert.Equal(LoginOutcome.InvalidCredentials, await Build().IdentifyAsync("bob", isLoopback: true, default));
        Assert.Equal(LoginOutcome.LoopbackOnly, await Build().IdentifyAsync("home", isLoopback: false, default));
    }

    [Theory]
    [InlineData("(a)\\1", "backreference")]
    [InlineData("(?=a)", "lookahead")]
    [InlineData("(", "Not enough )")]
    [InlineData("(a{1000}){1000}", "an automata as large as")]
    public void A_pattern_that_is_malformed_or_could_stall_a_check_is_named_at_start(string pattern, string why)
    {
        _options.Users["ada"] = new() { Permissions = { ["/"] = new() { Read = pattern } } };
        var problem = Assert.Single(AccessRules.Problems(_options));
        Assert.StartsWith($"Broker:Access:Users:ada:Permissions:/:Read is '{pattern}'; allowed: a regular expression", problem);
        Assert.Contains(why, problem);
    }

    [Fact]
    public void A_pattern_without_end_is_named_at_start()
    {
        _options.Users["ada"] = new() { Permissions = { ["/"] = new() { Read = new string('a', 1025) } } };
        Assert.Contains("It has 1025 characters.", Assert.Single(AccessRules.Problems(_options)));
    }

    [Fact]
    public void A_hash_that_no_password_has_is_named_at_start_and_not_shown()
    {
        _options.Users["ada"] = new() { PasswordHash = "pbkdf2-sha256$600000$c2FsdA==" };
        _options.Users["bob"] = new() { PasswordHash = PasswordHash.Create("x") };
        var problem = Assert.Single(AccessRules.Problems(_options));
        Assert.StartsWith("Broker:Access:Users:ada:PasswordHash is set (its value is not shown); allowed:", problem);
        Assert.DoesNotContain("c2FsdA==", problem);
    }

    [Fact]
    public async Task Permissions_are_patterns_by_virtual_host()
    {
        _options.Users["ada"] = new()
        {
            Password = "p",
            Permissions = { ["/"] = new() { Configure = "", Write = "^out-", Read = "^(in|both)$" }, ["*"] = new() { Read = "" } },
        };

        Assert.False(await AllowsAsync("ada", Permission.Configure, "x"));
        Assert.True(await AllowsAsync("ada", Permission.Configure, ""));
        Assert.True(await AllowsAsync("ada", Permission.Write, "out-1"));
        Assert.False(await AllowsAsync("ada", Permission.Write, "in"));
        Assert.True(await AllowsAsync("ada", Permission.Read, "both"));
        Assert.False(await AllowsAsync("ada", Permission.Read, "both2"));
        Assert.True(await Build().AuthorizeAsync("ada", "other", Permission.Write, "in", default));
        Assert.False(await Build().AuthorizeAsync("ada", "other", Permission.Read, "in", default));
        Assert.False(await Build().AuthorizeAsync("bob", "/", Permission.Read, "in", default));
    }

    [Fact]
    public async Task A_pattern_that_could_stall_a_check_allows_nothing()
    {
        _options.Users["ada"] = new() { Permissions = { ["/"] = new() { Read = "(a)\\1" } } };

        Assert.False(await AllowsAsync("ada", Permission.Read, "aa"));
    }

    [Fact]
    public async Task A_hashed_password_is_verified_and_a_malformed_hash_is_nobodys()
    {
        var hash = PasswordHash.Create("secret");
        _options.Users["ada"] = new() { PasswordHash = hash };

        Assert.Equal(LoginOutcome.Accepted, await LoginAsync("ada", "secret"));
        Assert.Equal(LoginOutcome.InvalidCredentials, await LoginAsync("ada", "Secret"));
        Assert.NotEqual(hash, PasswordHash.Create("secret"));
        foreach (var malformed in new[] { "", "x", "pbkdf2-sha256$0$AA==$AA==", "pbkdf2-sha256$1$*$AA==", "pbkdf2-sha256$1$AA==$", hash[..^4] + "AAA=" })
        {
            Assert.False(PasswordHash.Verify("secret", malformed));
        }
    }

    private AccessControl Build() =>
        new(new ConfiguredUsers(Options.Create(_options)), _bench.Settings, Options.Create(_options), TimeProvider.System, Telemetry);

    private ValueTask<LoginOutcome> LoginAsync(string user, string password, bool isLoopback = true) =>
        Build().AuthenticateAsync(user, password, isLoopback, default);

    private ValueTask<bool> AllowsAsync(string user, Permission permission, string resource) =>
        Build().AuthorizeAsync(user, "/", permission, resource, default);
}
