using System.Text;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Topology.Listing;

namespace OrleansBroker.Tests.Topology;

/// <summary>Names of queues that are kept in memory, and what changes in them.</summary>
public class QueueNameTests
{
    [Fact]
    public void Names_are_those_that_were_read_with_what_came_and_went_since()
    {
        var random = new Random(5);
        for (var round = 0; round < 200; round++)
        {
            var read = new SortedSet<string>(Enumerable.Range(0, random.Next(20)).Select(_ => Name(random)), StringComparer.Ordinal);
            var changes = new SortedDictionary<string, bool>(StringComparer.Ordinal);
            var expected = new SortedSet<string>(read, StringComparer.Ordinal);
            for (var i = random.Next(20); i > 0; i--)
            {
                var name = Name(random);
                changes[name] = random.Next(2) == 0;
                _ = changes[name] ? expected.Add(name) : expected.Remove(name);
            }

            var names = new QueueNames(Block(read), changes.Select(change => (Encoding.UTF8.GetBytes(change.Key), change.Value)));
            Assert.Equal(expected.Count, names.Count);
            Assert.Equal(expected, ReadAll(names, backward: false));
            Assert.Equal(expected.Reverse(), ReadAll(names, backward: true));
        }
    }

    [Fact]
    public void Names_come_in_parts_that_are_no_larger_than_a_thousand()
    {
        string[] all = [.. Enumerable.Range(0, 2_500).Select(i => $"{i:d4}")];
        var names = new QueueNames(Block(all), []);
        Assert.Equal([1_000, 1_000, 500], names.Read(backward: false).Select(static lines => lines.Span.Count('\n')));
        Assert.Equal(all, ReadAll(names, backward: false));
        Assert.Equal(all.Reverse(), ReadAll(names, backward: true));
    }

    [Fact]
    public void Names_that_have_no_room_are_not_kept()
    {
        var builder = new NameBlock.Builder(room: 2 * (4 + sizeof(int)));
        builder.Add("one");
        builder.Add("two");
        Assert.Equal(16, builder.Build()!.Octets);
        builder.Add("a");
        builder.Add("b");
        Assert.Null(builder.Build());
    }

    [Fact]
    public void A_deletion_that_is_noted_late_does_not_hide_a_queue_that_was_declared_anew()
    {
        var log = new ChangeLog();
        log.Note(Queue("again", incarnation: 2), exists: true);
        log.Note(Queue("again", incarnation: 1), exists: false);
        log.Note(Queue("gone", incarnation: 3), exists: false);
        log.Note(Queue("gone", incarnation: 3), exists: true);
        Assert.Equal([("again", true), ("gone", false)], log.Read().Select(change => (Encoding.UTF8.GetString(change.Name), change.Exists)));
    }

    [Fact]
    public void A_log_keeps_so_many_names_and_no_more()
    {
        var log = new ChangeLog();
        for (var i = 0; i < 20_000; i++)
        {
            log.Note(Queue($"q{i}", incarnation: i), exists: true);
        }

        Assert.Equal(16_384, log.Read().Count);
    }

    [Fact]
    public void Only_the_virtual_host_whose_queue_it_is_and_logs_that_are_open_note_a_change()
    {
        var changes = new QueueChanges();
        var (first, second, other) = (changes.Open("/"), changes.Open("/"), changes.Open("other"));
        changes.Created(Queue("one", incarnation: 1));
        changes.Close("/", first);
        changes.Deleted(Queue("two", incarnation: 2));
        Assert.Equal((1, 2, 0), (first.Read().Count, second.Read().Count, other.Read().Count));
    }

    private static string Name(Random random) => new("aäb€"[random.Next(4)], random.Next(1, 5));

    private static QueueDefinition Queue(string name, long incarnation) => new() { Id = new("/", name), Incarnation = incarnation };

    private static NameBlock Block(IEnumerable<string> names)
    {
        var builder = new NameBlock.Builder(1_000_000);
        foreach (var name in names)
        {
            builder.Add(name);
        }

        return builder.Build()!;
    }

    private static IEnumerable<string> ReadAll(QueueNames names, bool backward) => names.Read(backward).SelectMany(lines =>
    {
        string[] read = lines.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal('\n', lines.Span[^1]);
        return backward ? read.Reverse() : read;
    });
}
