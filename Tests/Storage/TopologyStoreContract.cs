using System.Text;
using OrleansBroker.Grains.Interfaces.Stores;

namespace OrleansBroker.Tests.Storage;

/// <summary>What every topology store promises.</summary>
public abstract class TopologyStoreContract
{
    protected abstract ITopologyStore Store { get; }

    [Fact]
    public async Task A_row_comes_back_as_it_was_written()
    {
        Assert.Null(await Store.GetAsync("a", default));
        Assert.True(await PutAsync("a", "one"));

        var row = await Store.GetAsync("a", default);

        Assert.Equal(("a", "one", 1L), (row!.Key, Encoding.UTF8.GetString(row.Value), row.Version));
    }

    [Fact]
    public async Task Each_write_adds_one_to_the_version_and_a_row_that_comes_back_starts_anew()
    {
        await PutAsync("a", "one");
        await PutAsync("a", "two");
        Assert.Equal(2, (await Store.GetAsync("a", default))!.Version);

        await Store.CommitAsync([new TopologyChange("a", null)], default);
        Assert.Null(await Store.GetAsync("a", default));
        await PutAsync("a", "");
        Assert.Equal(1, (await Store.GetAsync("a", default))!.Version);
        Assert.Empty((await Store.GetAsync("a", default))!.Value);
    }

    [Fact]
    public async Task All_changes_are_made_or_none()
    {
        await PutAsync("a", "one");

        Assert.False(await Store.CommitAsync(
            [new TopologyChange("b", "new"u8.ToArray()), new TopologyChange("a", "two"u8.ToArray()) { ExpectedVersion = 2 }], default));
        Assert.Null(await Store.GetAsync("b", default));
        Assert.Equal(1, (await Store.GetAsync("a", default))!.Version);

        Assert.True(await Store.CommitAsync(
            [new TopologyChange("b", "new"u8.ToArray()), new TopologyChange("a", null) { ExpectedVersion = 1 }], default));
        Assert.NotNull(await Store.GetAsync("b", default));
        Assert.Null(await Store.GetAsync("a", default));
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData(0L, false)]
    [InlineData(1L, false)]
    [InlineData(2L, true)]
    public async Task A_row_that_exists_meets_only_its_own_version(long? expected, bool commits)
    {
        await PutAsync("a", "one");
        await PutAsync("a", "two");

        Assert.Equal(commits, await Store.CommitAsync([new TopologyChange("a", [3]) { ExpectedVersion = expected }], default));
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData(0L, true)]
    [InlineData(1L, false)]
    public async Task A_row_that_does_not_exist_meets_version_zero(long? expected, bool commits) =>
        Assert.Equal(commits, await Store.CommitAsync([new TopologyChange("a", [3]) { ExpectedVersion = expected }], default));

    [Fact]
    public async Task A_change_that_only_expects_leaves_its_row()
    {
        await PutAsync("a", "one");

        Assert.True(await Store.CommitAsync(
            [new TopologyChange("a", null) { ExpectedVersion = 1, ExpectOnly = true }, new TopologyChange("b", [1])], default));
        Assert.Equal(1, (await Store.GetAsync("a", default))!.Version);
        Assert.False(await Store.CommitAsync(
            [new TopologyChange("a", null) { ExpectedVersion = 0, ExpectOnly = true }, new TopologyChange("c", [1])], default));
        Assert.Null(await Store.GetAsync("c", default));
    }

    [Fact]
    public async Task Of_many_that_expect_the_same_version_one_wins()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 50).Select(i =>
            Task.Run(() => Store.CommitAsync([new TopologyChange("a", [(byte)i]) { ExpectedVersion = 0 }], default))));

        Assert.Single(results, won => won);
        Assert.Equal(1, (await Store.GetAsync("a", default))!.Version);
    }

    [Fact]
    public async Task A_scan_goes_by_octets_and_starts_after_a_key()
    {
        string[] keys = ["q/", "q/A", "q/a", "q/a\0", "q/aa", "q/b", "q/é", "q/\uFFFD", "q/🐇"];
        foreach (var key in keys.Reverse().Append("p/z").Append("q").Append("r/"))
        {
            await PutAsync(key, key);
        }

        Assert.Equal(keys, await ScanAsync("q/"));
        Assert.Equal(["q/aa", "q/b", "q/é", "q/\uFFFD", "q/🐇"], await ScanAsync("q/", "q/a\0"));
        Assert.Equal(["q/b", "q/é", "q/\uFFFD", "q/🐇"], await ScanAsync("q/", "q/ab"));
        Assert.Equal(keys, await ScanAsync("q/", "p"));
        Assert.Empty(await ScanAsync("q/", "r"));
        Assert.Empty(await ScanAsync("x"));
        Assert.Equal(12, (await ScanAsync("")).Count);
    }

    [Fact]
    public async Task A_scan_of_many_rows_returns_each_once_while_others_are_written()
    {
        await Store.CommitAsync([.. Enumerable.Range(0, 1500).Select(i => new TopologyChange($"q/{i:D5}", new byte[100]))], default);
        var seen = new List<string>();
        await foreach (var row in Store.ScanAsync("q/", null, default))
        {
            seen.Add(row.Key);
            if (seen.Count % 100 == 0)
            {
                await PutAsync($"p/{seen.Count}", "");
            }
        }

        Assert.Equal(Enumerable.Range(0, 1500).Select(i => $"q/{i:D5}"), seen);
    }

    [Fact]
    public async Task Counting_counts_the_prefix()
    {
        await Store.CommitAsync([.. Enumerable.Range(0, 300).Select(i => new TopologyChange($"q/{i}", [])), new TopologyChange("p", []), new TopologyChange("r", [])], default);

        Assert.Equal(300, await Store.CountAsync("q/", default));
        Assert.Equal(111, await Store.CountAsync("q/1", default));
        Assert.Equal(302, await Store.CountAsync("", default));
        Assert.Equal(0, await Store.CountAsync("s", default));
    }

    [Fact]
    public async Task Numbers_are_given_out_once()
    {
        Assert.Equal(1, await Store.AllocateAsync("a", 10, default));
        Assert.Equal(11, await Store.AllocateAsync("a", 1, default));
        Assert.Equal(1, await Store.AllocateAsync("b", 1, default));

        var firsts = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Store.AllocateAsync("a", 3, default)));
        Assert.Equal(Enumerable.Range(0, 100).Select(i => 12L + (3 * i)), firsts.Order());
    }

    private Task<bool> PutAsync(string key, string value) =>
        Store.CommitAsync([new TopologyChange(key, Encoding.UTF8.GetBytes(value))], default);

    private async Task<List<string>> ScanAsync(string prefix, string? after = null)
    {
        var keys = new List<string>();
        await foreach (var row in Store.ScanAsync(prefix, after, default))
        {
            keys.Add(row.Key);
        }

        return keys;
    }
}
