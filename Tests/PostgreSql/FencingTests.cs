using Npgsql;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Storage;
using OrleansBroker.Storage.PostgreSql;

namespace OrleansBroker.Tests.PostgreSql;

using Samples = OrleansBroker.Tests.Storage.Samples;

/// <summary>Two silos at one database: owners that do not know yet that they were replaced, and silos that stop in the middle.</summary>
[Collection(PostgreSqlCollection.Name)]
public class FencingTests(PostgreSqlServer server)
{
    private const long Queue = 7;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [PostgreSqlFact]
    public async Task A_queue_that_another_silo_took_refuses_the_first_one_and_others_in_the_same_commit_go_on()
    {
        var schema = server.NewSchema();
        await using var first = await server.OpenStoreAsync(schema, options => options.Writers = 1);
        await using var second = await server.OpenStoreAsync(schema);
        var epochs = new List<long>();
        for (var queue = 0; queue < 20; queue++)
        {
            epochs.Add((await first.Queues.AcquireAsync(queue, default)).Epoch);
        }

        await second.Queues.AcquireAsync(Queue, default);
        var commits = await Task.WhenAll(epochs.Select((epoch, queue) => first.Queues.CommitAsync(
            Samples.Write(queue, epoch, Samples.Message(1)) with { Removed = [new MessageRange(0, 2, 3)], Requeued = [new(Samples.At(1), 1)] })));

        Assert.Equal(Enumerable.Range(0, 20).Select(queue => queue != Queue), commits);
        Assert.Empty(await second.Queues.ReadAsync(Queue, Samples.All(), 10, default));
        Assert.Single(await second.Queues.ReadAsync(8, Samples.All(), 10, default));
    }

    [PostgreSqlFact]
    public async Task A_paused_silo_that_holds_a_row_does_not_hold_up_its_successor()
    {
        var schema = server.NewSchema();
        await using var first = await server.OpenStoreAsync(schema);
        var epoch = (await first.Queues.AcquireAsync(Queue, default)).Epoch;
        await first.Queues.CommitAsync(Samples.Write(Queue, epoch, Samples.Message(1)));

        // What is left of a silo that was stopped between two packets: a transaction with the row, waiting for its client.
        await using var paused = await server.ConnectAsync(schema, "orleansbroker/paused");
        await using var transaction = await paused.BeginTransactionAsync();
        await using (var locking = new NpgsqlCommand($"update queue set released = true where incarnation = {Queue}", paused))
        {
            await locking.ExecuteNonQueryAsync();
        }

        await using var second = await server.OpenStoreAsync(schema);
        var acquired = await second.Queues.AcquireAsync(Queue, default).WaitAsync(TimeSpan.FromSeconds(9));

        Assert.Equal(epoch + 1, acquired.Epoch);
        Assert.False(acquired.State.Released);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => transaction.CommitAsync());
        Assert.False(await first.Queues.CommitAsync(Samples.Write(Queue, epoch, Samples.Message(2))));
    }

    [PostgreSqlFact]
    public async Task A_stranger_that_holds_a_row_is_waited_for_and_not_ended()
    {
        var schema = server.NewSchema();
        await using var store = await server.OpenStoreAsync(schema, options => options.LockTimeout = TimeSpan.FromMilliseconds(100));
        await store.Queues.AcquireAsync(Queue, default);
        await using var stranger = await server.ConnectAsync(schema, "psql");
        await using var transaction = await stranger.BeginTransactionAsync();
        await using (var locking = new NpgsqlCommand("select from queue for update", stranger))
        {
            await locking.ExecuteNonQueryAsync();
        }

        var acquiring = store.Queues.AcquireAsync(Queue, default);
        await Eventually.Async(async () => (long)(await server.QueryAsync(
            schema, "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like '%acquire_queue%'"))! > 0);
        await transaction.CommitAsync();
        Assert.Equal(2, (await acquiring.WaitAsync(Patience)).Epoch);
    }

    [PostgreSqlFact]
    public async Task Transient_messages_outlive_an_owner_that_let_go_and_no_other()
    {
        await using var store = await server.OpenStoreAsync();
        var epoch = (await store.Queues.AcquireAsync(Queue, default)).Epoch;
        var write = Samples.Write(Queue, epoch, Samples.Message(1), Samples.Message(2) with { Transient = true });
        await store.Queues.CommitAsync(write with { State = write.State with { Released = true } });

        var kept = await store.Queues.AcquireAsync(Queue, default);
        Assert.Equal(1, kept.State.Bands[0].Transient);
        Assert.Equal(2, (await store.Queues.ReadAsync(Queue, Samples.All(), 10, default)).Count);

        var lost = await store.Queues.AcquireAsync(Queue, default);
        Assert.Equal((1L, 0L), (lost.State.Bands[0].Durable, lost.State.Bands[0].Transient));
        Assert.Equal([1L], (await store.Queues.ReadAsync(Queue, Samples.All(), 10, default)).Select(message => message.Position.Sequence));
    }

    [PostgreSqlFact]
    public async Task A_queue_whose_deletion_was_cut_short_is_emptied_by_another_silo()
    {
        var schema = server.NewSchema();
        await using (var first = await server.OpenStoreAsync(schema))
        {
            var epoch = (await first.Queues.AcquireAsync(Queue, default)).Epoch;
            await first.Queues.CommitAsync(Samples.Write(Queue, epoch, Samples.Message(1)));
            await server.QueryAsync(schema, "update queue set deleted = true, purged = false");
        }

        await using var second = await server.OpenStoreAsync(schema);
        await Eventually.Async(async () => (bool)(await server.QueryAsync(schema, "select purged and not exists (select from message) from queue"))!);
    }

    [PostgreSqlFact]
    public async Task Silos_that_start_at_once_make_the_schema_once()
    {
        var schema = server.NewSchema();
        var stores = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => server.OpenStoreAsync(schema)));
        Assert.Equal(1L, await server.QueryAsync(schema, "select count(*) from schema_version"));
        foreach (var store in stores)
        {
            await store.DisposeAsync();
        }
    }

    [PostgreSqlFact]
    public async Task A_schema_of_a_newer_broker_is_refused()
    {
        var schema = server.NewSchema();
        await (await server.OpenStoreAsync(schema)).DisposeAsync();
        await server.QueryAsync(schema, "update schema_version set version = 1000");
        var refusal = await Assert.ThrowsAsync<StoreException>(() => server.OpenStoreAsync(schema));
        Assert.Contains("made by a newer broker", refusal.Message);
    }

    [PostgreSqlFact]
    public async Task A_server_that_cannot_be_reached_is_named()
    {
        var refusal = await Assert.ThrowsAsync<StoreException>(() => PostgreSqlStore.OpenAsync(
            new PostgreSqlOptions { ConnectionString = "Host=127.0.0.1;Port=1;Database=broker;Username=nobody;Password=secret" }));
        Assert.Contains("127.0.0.1:1", refusal.Message);
        Assert.DoesNotContain("secret", refusal.ToString());
    }

    [PostgreSqlFact]
    public async Task Dead_rows_are_vacuumed_while_messages_come_and_go()
    {
        var schema = server.NewSchema();
        await using var store = await server.OpenStoreAsync(schema, options => options.VacuumAfter = 1000);
        var epoch = (await store.Queues.AcquireAsync(Queue, default)).Epoch;
        for (var i = 0; i < 20; i++)
        {
            await store.Queues.CommitAsync(Samples.Write(Queue, epoch, [.. Enumerable.Range(1, 100).Select(n => Samples.Message((100 * i) + n))]));
            await store.Queues.CommitAsync(Samples.Write(Queue, epoch) with { Removed = [Samples.All()] });
        }

        await Eventually.Async(async () => (long)(await server.QueryAsync(
            schema, $"select coalesce(max(vacuum_count), 0) from pg_stat_user_tables where relname = 'message' and schemaname = '{schema}'"))! > 0);
    }
}
