using Npgsql;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Storage;
using OrleansBroker.Storage.PostgreSql;

namespace OrleansBroker.Tests.PostgreSql;

using Samples = OrleansBroker.Tests.Storage.Samples;

/// <summary>What becomes of writes whose answer does not come, and while the server is away.</summary>
[Collection(PostgreSqlCollection.Name)]
public sealed class OutageTests(PostgreSqlServer server) : IAsyncLifetime
{
    private const long Queue = 7;
    private readonly string _schema = PostgreSqlServer.Absence is null ? server.NewSchema() : "";
    private TcpRelay _relay = null!;
    private PostgreSqlStore _store = null!;

    public async Task InitializeAsync()
    {
        if (PostgreSqlServer.Absence is null)
        {
            var target = new NpgsqlConnectionStringBuilder(server.ConnectionString);
            _relay = TcpRelay.To(target.Host!, target.Port);
            target.Host = "127.0.0.1";
            target.Port = _relay.Port;
            _store = await server.OpenStoreAsync(_schema, options => options.ConnectionString = target.ConnectionString);
        }
    }

    public async Task DisposeAsync()
    {
        if (_store is not null)
        {
            await _store.DisposeAsync();
            await _relay.DisposeAsync();
        }
    }

    [PostgreSqlFact]
    public async Task A_commit_whose_answer_got_lost_is_found_out_and_not_done_twice()
    {
        var epoch = (await _store.Queues.AcquireAsync(Queue, default)).Epoch;
        Assert.True(await _store.Queues.CommitAsync(Samples.Write(Queue, epoch)));
        for (var i = 1; i <= 5; i++)
        {
            var before = _relay.Swallowed;
            _relay.SwallowReplies = true;
            var commit = _store.Queues.CommitAsync(Samples.Write(Queue, epoch, Samples.Message(i)));
            var number = i;
            await Eventually.Async(async () => (long)(await server.QueryAsync(_schema, $"select count(*) from message where sequence = {number}"))! == 1);
            await Eventually.Async(() => Task.FromResult(_relay.Swallowed > before));
            Assert.False(commit.IsCompleted);

            // Were it done again, the message would have this mark no more.
            await server.QueryAsync(_schema, $"update message set delivery_count = 9 where sequence = {i}");
            _relay.Cut();
            _relay.Heal();
            Assert.True(await commit.WaitAsync(TimeSpan.FromSeconds(20)));
        }

        Assert.Equal(5, (await _store.Queues.ReadAsync(Queue, Samples.All(), 10, default)).Count);
        Assert.All(await _store.Queues.ReadAsync(Queue, Samples.All(), 10, default), message => Assert.Equal(9, message.DeliveryCount));
        Assert.True(await _store.Queues.CommitAsync(Samples.Write(Queue, epoch, Samples.Message(6))));
    }

    [PostgreSqlFact]
    public async Task A_network_that_swallows_answers_and_never_breaks_is_left_for_another_connection()
    {
        var epoch = (await _store.Queues.AcquireAsync(Queue, default)).Epoch;
        Assert.True(await _store.Queues.CommitAsync(Samples.Write(Queue, epoch)));
        var before = _relay.Swallowed;
        _relay.SwallowReplies = true;
        var commit = _store.Queues.CommitAsync(Samples.Write(Queue, epoch, Samples.Message(1)));
        await Eventually.Async(() => Task.FromResult(_relay.Swallowed > before));
        _relay.SwallowReplies = false;

        // Within the patience that publishers have, and long before a statement's longest time.
        Assert.True(await commit.WaitAsync(TimeSpan.FromSeconds(25)));
    }

    [PostgreSqlFact]
    public async Task A_refusal_whose_answer_got_lost_is_a_refusal()
    {
        var epoch = (await _store.Queues.AcquireAsync(Queue, default)).Epoch;
        await _store.Queues.AcquireAsync(Queue, default);
        await _store.Queues.CommitAsync(Samples.Write(Queue, epoch + 1, Samples.Message(1)));
        var before = _relay.Swallowed;
        _relay.SwallowReplies = true;
        var commit = _store.Queues.CommitAsync(Samples.Write(Queue, epoch, Samples.Message(2)));
        await Eventually.Async(() => Task.FromResult(_relay.Swallowed > before));
        await Eventually.Async(async () => (long)(await server.QueryAsync(_schema, $"select max(results[2]) from writer"))! == Queue);
        _relay.Cut();
        _relay.Heal();
        Assert.False(await commit.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [PostgreSqlFact]
    public async Task An_acquisition_whose_answer_got_lost_is_not_a_second_one()
    {
        var epoch = (await _store.Queues.AcquireAsync(Queue, default)).Epoch;
        await _store.Queues.CommitAsync(Samples.Write(Queue, epoch) with { State = new QueueState { Released = true } });
        _relay.SwallowReplies = true;
        var acquiring = _store.Queues.AcquireAsync(Queue, default);
        await Eventually.Async(async () => (long)(await server.QueryAsync(_schema, $"select epoch from queue where incarnation = {Queue}"))! == epoch + 1);
        _relay.Cut();
        _relay.Heal();
        var acquired = await acquiring.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal((epoch + 1, true), (acquired.Epoch, acquired.State.Released));
    }

    [PostgreSqlFact]
    public async Task While_the_server_is_away_writes_wait_and_nothing_is_answered()
    {
        var epoch = (await _store.Queues.AcquireAsync(Queue, default)).Epoch;
        _relay.Cut();
        var commits = Enumerable.Range(1, 50).Select(i => _store.Queues.CommitAsync(Samples.Write(Queue, epoch, Samples.Message(i)))).ToList();
        var definition = _store.Topology.CommitAsync([new TopologyChange("a", [1]) { ExpectedVersion = 0 }], default);
        var read = _store.Queues.ReadAsync(Queue, Samples.All(), 100, default);
        Assert.Equal(0L, await server.QueryAsync(_schema, "select count(*) from message"));
        Assert.DoesNotContain(commits, commit => commit.IsCompleted);
        _relay.Heal();

        Assert.All(await Task.WhenAll(commits).WaitAsync(TimeSpan.FromSeconds(30)), Assert.True);
        Assert.True(await definition);
        await read;
        Assert.Equal(50, (await _store.Queues.ReadAsync(Queue, Samples.All(), 100, default)).Count);
    }

    [PostgreSqlFact]
    public async Task What_waits_too_long_fails_and_later_writes_go_on()
    {
        var target = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Host = "127.0.0.1", Port = _relay.Port };
        await using var store = await server.OpenStoreAsync(_schema, options =>
        {
            options.ConnectionString = target.ConnectionString;
            options.Patience = TimeSpan.FromMilliseconds(300);
        });
        var epoch = (await store.Queues.AcquireAsync(Queue, default)).Epoch;
        _relay.Cut();
        await Assert.ThrowsAsync<StoreException>(() => store.Queues.CommitAsync(Samples.Write(Queue, epoch, Samples.Message(1))));
        _relay.Heal();
        Assert.True(await store.Queues.CommitAsync(Samples.Write(Queue, epoch, Samples.Message(2))));
    }

    [PostgreSqlFact]
    public async Task A_database_that_went_back_stops_the_silo()
    {
        var stop = new StopRecorder();
        await using var store = await PostgreSqlStore.OpenAsync(
            new PostgreSqlOptions { ConnectionString = server.ConnectionString, Schema = _schema, Writers = 1 }, stop, TimeProvider.System, null, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        var epoch = (await store.Queues.AcquireAsync(Queue, default)).Epoch;
        Assert.True(await store.Queues.CommitAsync(Samples.Write(Queue, epoch, Samples.Message(1))));

        // As after the failover to a standby that was behind.
        await server.QueryAsync(_schema, "update writer set number = 0; select count(pg_terminate_backend(pid)) from pg_stat_activity where pid <> pg_backend_pid() and application_name like 'orleansbroker/%'");
        await Assert.ThrowsAsync<StoreException>(() => store.Queues.CommitAsync(Samples.Write(Queue, epoch, Samples.Message(2))));
        Assert.NotNull(stop.Reason);
    }

    [PostgreSqlFact(StartsServer = true)]
    public async Task A_server_that_crashes_under_load_has_what_was_answered()
    {
        await using var own = new OwnServer();
        await own.StartAsync();
        await using var store = await own.Server.OpenStoreAsync("crash");
        var epoch = (await store.Queues.AcquireAsync(Queue, default)).Epoch;
        var commits = Enumerable.Range(1, 400).Select(i => store.Queues.CommitAsync(Samples.Write(Queue, epoch, Samples.Message(i)))).ToList();
        await commits[50];
        await own.Server.StopAsync("immediate");
        await own.Server.StartAsync();

        Assert.All(await Task.WhenAll(commits).WaitAsync(TimeSpan.FromSeconds(60)), Assert.True);
        Assert.Equal(400, (await store.Queues.ReadAsync(Queue, Samples.All(), 1000, default)).Count);
    }

    [PostgreSqlFact(StartsServer = true)]
    public async Task A_server_without_fsync_is_refused()
    {
        await using var own = new OwnServer();
        await own.StartAsync();
        foreach (var setting in new[] { "fsync", "full_page_writes" })
        {
            await own.Server.StopAsync("fast");
            await own.Server.StartAsync($"-c {setting}=off");
            var refusal = await Assert.ThrowsAsync<StoreException>(() => own.Server.OpenStoreAsync());
            Assert.Contains($"{setting}=off", refusal.Message);
        }
    }

    private sealed class StopRecorder : IFailStop
    {
        public string? Reason { get; private set; }

        public void Stop(string reason, Exception cause) => Reason = reason;
    }

    private sealed class OwnServer : IAsyncDisposable
    {
        public PostgreSqlServer Server { get; } = new(ignoreNamed: true);

        public Task StartAsync() => Server.InitializeAsync();

        public async ValueTask DisposeAsync() => await Server.DisposeAsync();
    }
}
