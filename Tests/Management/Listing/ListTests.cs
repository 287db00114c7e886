using System.Text.Json.Nodes;
using OrleansBroker.Management.Api;
using OrleansBroker.Management.Listing;

namespace OrleansBroker.Tests.Management.Listing;

/// <summary>Pages, order, filters and columns.</summary>
public sealed class ListTests(ManagementSilo silo) : IClassFixture<ManagementSilo>, IAsyncLifetime
{
    public async Task InitializeAsync()
    {
        for (var i = 0; i < 12; i++)
        {
            await silo.StatusAsync(HttpMethod.Put, $"queues/%2F/listed-{i:d2}", $$$"""{"arguments":{"x-max-length":{{{100 - i}}}}}""");
        }
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_page_comes_with_its_counts()
    {
        var page = await silo.GetAsync("queues/%2F?page=2&page_size=5&name=LISTED&columns=name");
        Assert.Equal(["listed-05", "listed-06", "listed-07", "listed-08", "listed-09"], Names(page["items"]!));
        Assert.Equal((12, 5, 2, 3, 5), (
            (int)page["filtered_count"]!, (int)page["item_count"]!, (int)page["page"]!, (int)page["page_count"]!, (int)page["page_size"]!));
        // The default queue is there as well.
        Assert.Equal(13, (int)page["total_count"]!);
        Assert.Equal("""{"name":"listed-05"}""", page["items"]![0]!.ToJsonString());
    }

    [Fact]
    public async Task A_page_without_a_filter_begins_where_it_should()
    {
        var page = await silo.GetAsync("queues?page=3&page_size=6");
        Assert.Equal(["listed-11"], Names(page["items"]!));
        Assert.Equal(13, (int)page["filtered_count"]!);
    }

    [Fact]
    public async Task A_list_is_sorted_by_any_member_either_way()
    {
        Assert.Equal("listed-11", Names(await silo.GetAsync("queues?sort=arguments.x-max-length&columns=name"))[1]);
        Assert.Equal("listed-00", Names(await silo.GetAsync("queues?sort=arguments.x-max-length&sort_reverse=true"))[0]);
        Assert.Equal("listed-11", Names(await silo.GetAsync("queues?sort_reverse=true"))[0]);
    }

    [Fact]
    public async Task A_filter_may_be_a_regular_expression() =>
        Assert.Equal(["listed-03", "listed-04"], Names((await silo.GetAsync("queues?page=1&name=^listed-0[34]$&use_regex=true"))["items"]!));

    [Theory]
    [InlineData("page=0", "invalid_pagination_parameters", "Invalid pagination parameters: page number 0, page size undefined")]
    [InlineData("page=1&page_size=501", "invalid_pagination_parameters", "Invalid pagination parameters: page number 1, page size 501")]
    [InlineData("page=x", "bad_request", "Pagination parameters are invalid")]
    [InlineData("page=1&name=(&use_regex=true", "bad_request", "Pagination parameters are invalid")]
    [InlineData("page=1001&page_size=100&sort=messages", "bad_request", "Sorted pages reach 100000 items far; sort by name, the other way round, or look for fewer")]
    [InlineData("page=99&page_size=10", "page_out_of_range", "Page out of range, page: 99 page size: 10, len: 13")]
    public async Task A_page_that_cannot_be_is_refused_in_RabbitMQs_words(string query, string error, string reason) =>
        Assert.Equal((400, error, reason), await silo.RefusalAsync(HttpMethod.Get, $"queues?{query}"));

    [Fact]
    public async Task Statistics_are_left_out_where_nobody_wants_them()
    {
        Assert.Null((await silo.GetAsync("queues?disable_stats=true"))[1]!["messages"]);
        var item = (await silo.GetAsync("queues?disable_stats=true&enable_queue_totals=true"))[1]!;
        Assert.Equal(0, (int)item["messages"]!);
        Assert.Null(item["message_stats"]);
    }

    [Fact]
    public async Task Users_see_only_virtual_hosts_where_they_have_a_permission()
    {
        Assert.NotEmpty((await silo.GetAsync("queues", "user")).AsArray());
        Assert.Equal(401, (await silo.RefusalAsync(HttpMethod.Get, "queues/%2F", user: "nowhere")).Status);
    }

    [Fact]
    public void Columns_choose_inner_members_too()
    {
        var node = JsonNode.Parse("""{"a":{"b":1,"c":2},"d":[{"e":3,"f":4}],"g":5}""");
        Assert.Equal("""{"a":{"b":1},"d":[{"f":4}]}""", Columns.Parse("a.b,d.f,z")!.Select(node)!.ToJsonString());
        Assert.Equal("""{"a":{"b":1,"c":2}}""", Columns.Parse("a.b,a")!.Select(node)!.ToJsonString());
    }

    [Fact]
    public void What_is_missing_sorts_as_0_and_numbers_before_texts()
    {
        string[] items = ["""{"v":"b"}""", """{"v":2}""", "{}", """{"v":"a"}""", """{"v":true}""", """{"v":-1}"""];
        var sorted = items.OrderBy(item => SortKey.Of(JsonNode.Parse(item), ["v"]));
        Assert.Equal(["""{"v":-1}""", "{}", """{"v":2}""", """{"v":true}""", """{"v":"a"}""", """{"v":"b"}"""], sorted);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Sorting_keeps_no_more_than_is_shown_and_rows_that_are_alike_in_their_order(bool isReversed)
    {
        var random = new Random(1);
        (int Key, int Row)[] rows = [.. Enumerable.Range(0, 20_000).Select(i => (random.Next(100), i))];
        var sorted = new SortedRows<int>(isReversed, 70);
        foreach (var (key, row) in rows)
        {
            sorted.Add(new SortKey(0, key, null), row);
        }

        var expected = rows.OrderBy(row => row.Key).Select(row => row.Row);
        Assert.Equal((isReversed ? expected.Reverse() : expected).Take(70), sorted.Read());
        Assert.Equal(20_000, sorted.Added);
    }

    [Fact]
    public void A_whole_list_that_is_too_long_to_be_sorted_is_refused()
    {
        var sorted = new SortedRows<int>(false, null);
        for (var i = 0; i < 100_000; i++)
        {
            sorted.Add(default, i);
        }

        Assert.Equal(400, Assert.Throws<ApiException>(() => sorted.Add(default, 0)).Status);
    }

    private static string[] Names(JsonNode items) => [.. items.AsArray().Select(item => (string)item!["name"]!)];
}
