namespace OrleansBroker.Grains.Queues.Core;

/// <summary>The settings in force: they can change while the queue runs.</summary>
internal sealed class CurrentSettings(QueueSettings value)
{
    public QueueSettings Value { get; set; } = value;
}
