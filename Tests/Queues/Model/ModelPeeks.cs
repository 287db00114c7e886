using System.Globalization;
using OrleansBroker.Tests.Queues.Browsing;
using OrleansBroker.Tests.Queues.Workbench;

namespace OrleansBroker.Tests.Queues.Model;

/// <summary>Holds what a peek shows against the model: all that is ready, in its order, and nothing else.</summary>
internal sealed class ModelPeeks(QueueModel model)
{
    public void Check()
    {
        var arriving = model.Bench.Core.Census().Arriving.Select(position => position.Sequence).ToHashSet();
        var ready = model.Waiting.Where(message => !arriving.Contains(message.Position.Sequence) && !message.IsDue(model.Bench.Now))
            .OrderByDescending(message => message.Position.Priority).ThenBy(message => message.Position.Sequence).ToList();
        Assert.Equal(ready, Peek(int.MaxValue));

        // Of the store no more is read than is asked for, and what has expired there makes it fewer.
        var few = Peek(3);
        Assert.True(few.Count <= 3);
        Assert.Equal(few, ready.Where(few.Contains));
    }

    private List<ModelMessage> Peek(int most)
    {
        var shown = new List<ModelMessage>();
        foreach (var (peeked, redelivered) in model.Bench.Peek(most))
        {
            var sequence = long.Parse(peeked.Text().Split('/')[0], CultureInfo.InvariantCulture);
            Assert.True(model.Live.TryGetValue(sequence, out var message), $"{peeked.Text()} is gone");
            Assert.Equal(message.Text, peeked.Text());
            Assert.True(redelivered || !message.Delivered, $"{message.Position} is shown without its redelivered mark");
            Assert.True(!redelivered || message.Delivered || message.MayBeMarked, $"{message.Position} is shown as redelivered without reason");
            shown.Add(message);
        }

        return shown;
    }
}
