namespace OrleansBroker.Benchmarks.Amqp.Loads;

/// <summary>A load on a server that nothing else uses, run in a process of its own.</summary>
internal interface IAmqpLoad
{
    /// <summary>What <c>--only</c> calls it.</summary>
    string Name { get; }

    /// <summary>What the table calls it.</summary>
    string Title { get; }

    /// <summary>Whether frames that are only passed on show the machine's limit for it.</summary>
    bool HasLimit { get; }

    /// <summary>Whether RabbitMQ can keep its queue as a quorum queue.</summary>
    bool HasQuorum { get; }

    Task<Figures> RunAsync(TargetServer target);
}

/// <summary>The server that a load is for, and how long it takes.</summary>
/// <param name="Port">Its AMQP port.</param>
/// <param name="Server">Its process.</param>
/// <param name="Seconds">Windows of a second that are measured.</param>
/// <param name="WarmUp">Seconds before those: code that runs for the first time is compiled twice before it is as quick as it gets.</param>
/// <param name="Stall">Seconds for which a consumer does not read.</param>
/// <param name="QueueType">The queues' x-queue-type; null for the server's own choice.</param>
internal sealed record TargetServer(int Port, ServerMeter Server, int Seconds, int WarmUp, int Stall, string? QueueType);
