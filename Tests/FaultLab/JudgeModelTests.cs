using OrleansBroker.FaultLab.Judging;

namespace OrleansBroker.Tests.FaultLab;

/// <summary>Histories of a model that keeps its word pass, whatever it draws; a word that it breaks is found.</summary>
public class JudgeModelTests
{
    private const int Seeds = 300;
    private const int Steps = 400;

    [Fact]
    public void A_broker_that_keeps_its_word_is_acquitted()
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var broker = new ModelBroker(seed);
            broker.Run(Steps);
            broker.Drain();
            var verdict = broker.History.Judged();
            Assert.True(verdict.IsClean, $"Seed {seed}: {string.Join('\n', verdict.Violations.Select(violation => violation.Text))}");
            Assert.True(verdict.Delivered > 0);
        }
    }

    [Theory]
    [InlineData(ViolationKind.Lost)]
    [InlineData(ViolationKind.OutOfOrder)]
    [InlineData(ViolationKind.Duplicated)]
    [InlineData(ViolationKind.Resurrected)]
    [InlineData(ViolationKind.OverPrefetch)]
    public void A_broker_that_breaks_its_word_once_is_found_out(ViolationKind kind)
    {
        var broken = 0;
        for (var seed = 0; seed < Seeds; seed++)
        {
            var broker = new ModelBroker(seed);
            broker.Run(Steps / 2);
            if (!Break(broker, kind))
            {
                continue;
            }

            broken++;
            broker.Run(Steps / 2);
            broker.Drain();
            Assert.True(broker.History.Judged().Counts.ContainsKey(kind), $"Seed {seed}: {kind} was not found");
        }

        Assert.InRange(broken, Seeds / 5, Seeds);
    }

    private static bool Break(ModelBroker broker, ViolationKind kind) => kind switch
    {
        ViolationKind.Lost => broker.Lose(),
        ViolationKind.OutOfOrder => broker.Reorder(),
        ViolationKind.Duplicated => broker.Duplicate(),
        ViolationKind.Resurrected => broker.Resurrect(),
        ViolationKind.OverPrefetch => broker.Overfill(),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
