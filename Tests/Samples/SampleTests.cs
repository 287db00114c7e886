using OrleansBroker.Tests.SiloProcesses;

namespace OrleansBroker.Tests.Samples;

/// <summary>Each sample runs, in a process of its own, against a real silo.</summary>
[Collection(SiloProcessCollection.Name)]
public sealed class SampleTests(SampleTests.RunningSilo running) : IClassFixture<SampleTests.RunningSilo>
{
    private readonly SiloProcess _silo = running.Silo;

    [Fact]
    public async Task What_the_publisher_reads_the_subscriber_prints()
    {
        await using var subscriber = Start("Subscriber");
        await subscriber.WaitForLineAsync("Listening.");
        await using var publisher = Start("Publisher");
        await publisher.Input.WriteLineAsync("Hello, world!");
        publisher.Input.Close();
        Assert.Equal(0, await publisher.WaitForExitAsync());
        await subscriber.WaitForLineAsync("Hello, world!");
    }

    [Fact]
    public async Task Every_task_of_the_work_queue_is_done_once()
    {
        await using var sample = Start("WorkQueue");
        Assert.Equal(0, await sample.WaitForExitAsync());
        Assert.Equal(["task 1", "task 2", "task 3", "task 4", "task 5", "task 6"], Lines(sample)
            .Where(line => line.Contains(" did ", StringComparison.Ordinal))
            .Select(line => line.Split(" did ")[1])
            .Order(StringComparer.Ordinal));
        Assert.Contains("All tasks are done.", sample.Output);
    }

    [Fact]
    public async Task Every_room_of_the_fanout_gets_the_news()
    {
        await using var sample = Start("Fanout");
        Assert.Equal(0, await sample.WaitForExitAsync());
        Assert.Equal(["kitchen: It snows.", "office: It snows."], Lines(sample));
    }

    [Fact]
    public async Task The_topic_sample_shows_who_gets_what()
    {
        await using var sample = Start("Topic");
        Assert.Equal(0, await sample.WaitForExitAsync());
        Assert.Equal(
            ["alps: Sun in the Alps", "alps: Storm in the Alps", "storms: Storm at the sea", "storms: Storm in the Alps"],
            Lines(sample));
    }

    [Theory]
    [InlineData("GrainConsumer", "Hello, grain!")]
    [InlineData("Embedding", "Hello from the same process")]
    public async Task A_silo_of_ones_own_has_the_broker_in_it(string project, string expected)
    {
        // They listen on Orleans' default ports, as a first program of one's own does.
        await using var sample = ChildProcess.Start($"Samples/{project}", _silo.Folder);
        Assert.Equal(0, await sample.WaitForExitAsync());
        Assert.Contains(expected, sample.Output);
    }

    /// <summary>The silo that the samples share.</summary>
    public sealed class RunningSilo : IAsyncLifetime
    {
        internal SiloProcess Silo { get; private set; } = null!;

        public async Task InitializeAsync() => Silo = await SiloProcess.StartAsync();

        public async Task DisposeAsync() => await Silo.DisposeAsync();
    }

    private static string[] Lines(ChildProcess process) => process.Output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);

    private ChildProcess Start(string project) => ChildProcess.Start($"Samples/{project}", _silo.Folder, _silo.Address);
}
