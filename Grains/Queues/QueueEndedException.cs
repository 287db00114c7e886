namespace OrleansBroker.Grains.Queues;

/// <summary>This activation of a queue ended while a call was under way: the call's outcome is unknown.</summary>
[GenerateSerializer, Alias("orleansbroker.QueueEndedException")]
internal sealed class QueueEndedException(string message) : Exception(message);
