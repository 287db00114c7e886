using OrleansBroker.FaultLab.Load.Topology;
using RabbitMQ.Client;

namespace OrleansBroker.FaultLab.Load.Consuming;

/// <summary>A consumer on an AMQP channel, from its start to its end.</summary>
internal sealed class ConsumerLife
{
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Its queue.</summary>
    public required LabQueue Queue { get; init; }

    /// <summary>Its channel.</summary>
    public required IChannel Channel { get; init; }

    /// <summary>What it may hold; 0 for no limit.</summary>
    public required int Prefetch { get; init; }

    /// <summary>What it writes.</summary>
    public required ConsumerNotes Notes { get; init; }

    /// <summary>What it holds.</summary>
    public required HeldMessages Held { get; init; }

    /// <summary>Its tag; null for one that gets.</summary>
    public string? ConsumerTag { get; set; }

    /// <summary>Faulted once it cannot go on.</summary>
    public Task Failed => _failed.Task;

    /// <summary>It cannot go on.</summary>
    public void Fail(Exception failure) => _failed.TrySetException(failure);
}
