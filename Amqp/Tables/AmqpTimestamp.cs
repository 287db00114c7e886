namespace OrleansBroker.Amqp.Tables;

/// <summary>A point in time as AMQP 0-9-1 §4.2.5.4 has it.</summary>
/// <param name="UnixTimeSeconds">Seconds since 1970-01-01T00:00:00Z.</param>
public readonly record struct AmqpTimestamp(long UnixTimeSeconds);
