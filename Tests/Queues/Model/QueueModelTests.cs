using CsCheck;

namespace OrleansBroker.Tests.Queues.Model;

public sealed class QueueModelTests
{
    private const int Scripts = 470;

    /// <summary>
    /// At least 100,000 commands; <c>ORLEANSBROKER_MODEL_SCRIPTS</c> runs more than 470 scripts. A failure prints the seed, which
    /// <c>CsCheck_Seed</c> runs again.
    /// </summary>
    [Fact]
    public void A_queue_does_what_a_list_of_messages_does()
    {
        var scripts = int.TryParse(Environment.GetEnvironmentVariable("ORLEANSBROKER_MODEL_SCRIPTS"), out var more) ? more : Scripts;
        var commands = 0;
        QueueScript.Any.Sample(
            script =>
            {
                var run = new ModelRun(script);
                foreach (var command in script.Commands)
                {
                    run.Run(command);
                }

                run.Finish();
                Interlocked.Add(ref commands, script.Commands.Length);
            },
            iter: scripts,
            threads: 1);
        Assert.True(commands >= 100_000, $"only {commands} commands were run");
    }
}
