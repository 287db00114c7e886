namespace OrleansBroker.Grains.Queues;

/// <summary>
/// This activation of a queue ended while a call was under way: the call's outcome is unknown, as with Orleans' own failures, which is
/// what callers take it for.
/// </summary>
[GenerateSerializer, Alias("orleansbroker.QueueEndedException")]
internal sealed class QueueEndedException(string message) : OrleansException(message);
