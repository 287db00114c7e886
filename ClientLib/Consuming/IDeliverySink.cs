namespace OrleansBroker.ClientLib.Consuming;

/// <summary>Who gets what a queue delivers to a consumer: a client's buffer, or an AMQP channel's writer. Called from any thread.</summary>
internal interface IDeliverySink
{
    /// <summary>Takes a batch over and returns at once; false where it holds more than it asked for.</summary>
    bool TryTake(BufferedBatch batch);

    /// <summary>Completes when there is room for a new attachment's deliveries beside what a dead one left.</summary>
    ValueTask MakeRoomAsync(CancellationToken cancellationToken);

    /// <summary>The consumer ended by itself; null where its connection closes.</summary>
    void Ended(Exception? reason);
}
