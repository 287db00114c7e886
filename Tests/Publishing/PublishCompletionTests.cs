using OrleansBroker.Grains.Interfaces.Publishing;
using OrleansBroker.Grains.Publishing;

namespace OrleansBroker.Tests.Publishing;

public sealed class PublishCompletionTests
{
    [Fact]
    public void It_completes_when_the_publisher_and_every_link_are_done()
    {
        var completion = new PublishCompletion(1);
        completion.Add();
        completion.Add();
        completion.Done();
        completion.Done();
        Assert.False(completion.Task.IsCompleted);
        completion.Done();
        Assert.True(completion.Task.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_message_is_unroutable_only_when_all_its_destinations_are_missing()
    {
        var completion = new PublishCompletion(2);
        completion.Expect(0, 2);
        completion.Expect(1, 2);
        completion.Missing(0, 2);
        completion.Missing(1, 1);
        completion.Done();
        Assert.Equal([new PublishException(1, PublishOutcome.Unroutable)], (await completion.Task).Exceptions);
    }

    [Fact]
    public async Task A_refusal_outweighs_a_missing_destination_whatever_came_first()
    {
        var completion = new PublishCompletion(2);
        completion.Missing(0, 2);
        completion.Except(0, PublishOutcome.Refused);
        completion.Done();
        Assert.Equal(
            [new PublishException(0, PublishOutcome.Refused), new PublishException(1, PublishOutcome.Unroutable)],
            (await completion.Task).Exceptions);
    }
}
