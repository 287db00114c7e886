using CsCheck;
using OrleansBroker.Gateway.Consuming.Deliveries;

namespace OrleansBroker.Tests.Gateway.Consuming;

public sealed class DeliveryTagTests
{
    [Fact]
    public void Tags_count_from_one_and_are_never_used_twice()
    {
        var tags = new DeliveryTags<string>();
        Assert.Equal([1UL, 4UL, 9UL], [tags.Add("a", 1, 3), tags.Skip(5), tags.Add("b", 1, 1)]);
        List<TagRange<string>> taken = [];
        tags.TryTake(0, multiple: true, taken);
        Assert.Equal(10UL, tags.Add("a", 4, 1));
    }

    [Fact]
    public void A_thousand_at_once_are_one_run()
    {
        var tags = new DeliveryTags<string>();
        tags.Add("a", 1, 600);
        tags.Add("a", 601, 400);
        List<TagRange<string>> taken = [];
        Assert.True(tags.TryTake(1000, multiple: true, taken));
        Assert.Equal([new TagRange<string>(1, "a", 1, 1000)], taken);
    }

    [Fact]
    public void A_tag_that_stays_does_not_keep_room_for_those_that_pass()
    {
        var tags = new DeliveryTags<string>();
        List<TagRange<string>> taken = [];
        tags.Add("old", 1, 1);
        for (var i = 0; i < 100_000; i++)
        {
            tags.TryTake(tags.Add("a", i + 1, 1), multiple: false, taken);
        }

        Assert.True(tags.Room < 1024);
        Assert.True(tags.TryTake(1, multiple: false, taken));
        Assert.Equal("old", taken[^1].Holder);
    }

    [Fact]
    public void Any_sequence_does_what_a_plain_list_does()
    {
        var step = Gen.Select(Gen.Int[0, 5], Gen.Int[1, 80], Gen.Int[0, 300], Gen.Bool);
        step.Array[1, 150].Sample(steps =>
        {
            var (tags, model) = (new DeliveryTags<string>(), new Model());
            foreach (var (kind, count, back, multiple) in steps)
            {
                if (kind <= 1)
                {
                    var holder = kind == 0 ? "a" : "b";
                    Assert.Equal(model.Next, tags.Add(holder, model.NumberOf(holder), count));
                    model.Add(holder, count);
                }
                else if (kind == 2)
                {
                    Assert.Equal(model.Next, tags.Skip(count));
                    model.Next += (ulong)count;
                }
                else
                {
                    var tag = model.Next > (ulong)back ? model.Next - (ulong)back : 0;
                    List<TagRange<string>> taken = [];
                    Assert.Equal(model.Take(tag, multiple, out var expected), tags.TryTake(tag, multiple, taken));
                    Assert.Equal(expected, taken.SelectMany(Spread));
                    if (kind == 5)
                    {
                        taken.ForEach(range => tags.Restore(range));
                        model.Restore(expected);
                    }
                }

                Assert.Equal(model.Outstanding.Count, tags.Count);
            }
        });
    }

    private static IEnumerable<(ulong, string, long)> Spread(TagRange<string> range) =>
        Enumerable.Range(0, range.Count).Select(i => (range.Tag + (ulong)i, range.Holder, range.First + i));

    private sealed class Model
    {
        private readonly Dictionary<string, long> _numbers = new() { ["a"] = 1, ["b"] = 1 };

        public ulong Next { get; set; } = 1;

        public SortedDictionary<ulong, (string Holder, long Number)> Outstanding { get; } = [];

        public long NumberOf(string holder) => _numbers[holder];

        public void Add(string holder, int count)
        {
            for (var i = 0; i < count; i++)
            {
                Outstanding.Add(Next++, (holder, _numbers[holder]++));
            }
        }

        public bool Take(ulong tag, bool multiple, out List<(ulong, string, long)> taken)
        {
            var all = multiple && tag == 0;
            var known = all || Outstanding.ContainsKey(tag);
            taken = [.. Outstanding
                .Where(o => known && (all || (multiple ? o.Key <= tag : o.Key == tag)))
                .Select(o => (o.Key, o.Value.Holder, o.Value.Number))];
            taken.ForEach(t => Outstanding.Remove(t.Item1));
            return known;
        }

        public void Restore(List<(ulong Tag, string Holder, long Number)> taken) =>
            taken.ForEach(t => Outstanding.Add(t.Tag, (t.Holder, t.Number)));
    }
}
