using System.Reflection;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Storage.PostgreSql;
using OrleansBroker.Tests.Storage;

namespace OrleansBroker.Tests.PostgreSql;

/// <summary>
/// The contracts that the other stores pass, each of their tests in a schema of its own. They are called from here and not inherited,
/// because a test can only be skipped where it is declared.
/// </summary>
[Collection(PostgreSqlCollection.Name)]
public class StoreContractTests(PostgreSqlServer server)
{
    public static TheoryData<string, object?[]> Messages => TestsOf(typeof(QueueMessagesContract));

    public static TheoryData<string, object?[]> Ownership => TestsOf(typeof(QueueOwnershipContract));

    public static TheoryData<string, object?[]> Topology => TestsOf(typeof(TopologyStoreContract));

    [PostgreSqlTheory]
    [MemberData(nameof(Messages))]
    public Task Messages_are_kept(string test, object?[] arguments) => RunAsync(test, arguments, store => new MessagesOf(store.Queues));

    [PostgreSqlTheory]
    [MemberData(nameof(Ownership))]
    public Task Owners_are_fenced(string test, object?[] arguments) => RunAsync(test, arguments, store => new OwnershipOf(store.Queues));

    [PostgreSqlTheory]
    [MemberData(nameof(Topology))]
    public Task Definitions_are_kept(string test, object?[] arguments) => RunAsync(test, arguments, store => new TopologyOf(store.Topology));

    [Fact]
    public void No_test_of_a_contract_is_left_out()
    {
        Assert.True(Messages.Count >= 17);
        Assert.True(Ownership.Count >= 11);
        Assert.True(Topology.Count >= 14);
    }

    private async Task RunAsync(string test, object?[] arguments, Func<PostgreSqlStore, object> contract)
    {
        await using var store = await server.OpenStoreAsync();
        var tests = contract(store);
        await (Task)tests.GetType().GetMethod(test)!.Invoke(tests, arguments)!;
    }

    private static TheoryData<string, object?[]> TestsOf(Type contract)
    {
        var tests = new TheoryData<string, object?[]>();
        foreach (var method in contract.GetMethods().Where(method => method.GetCustomAttribute<FactAttribute>() is not null))
        {
            var rows = method.GetCustomAttributes<InlineDataAttribute>().SelectMany(data => data.GetData(method)).DefaultIfEmpty([]);
            foreach (var row in rows)
            {
                tests.Add(method.Name, row);
            }
        }

        return tests;
    }

    // Not public: the test runner looks for tests in public classes only.
    private sealed class MessagesOf(IQueueStore store) : QueueMessagesContract
    {
        protected override IQueueStore Store => store;
    }

    private sealed class OwnershipOf(IQueueStore store) : QueueOwnershipContract
    {
        protected override IQueueStore Store => store;
    }

    private sealed class TopologyOf(ITopologyStore store) : TopologyStoreContract
    {
        protected override ITopologyStore Store => store;
    }
}
