namespace OrleansBroker.Amqp.Frames;

/// <summary>What a frame carries (AMQP 0-9-1 §4.2.3).</summary>
public enum FrameType : byte
{
    /// <summary>No frame.</summary>
    None = 0,
    /// <summary>Class id, method id and arguments.</summary>
    Method = 1,
    /// <summary>A content header: class, body size and properties.</summary>
    Header = 2,
    /// <summary>A piece of a content body.</summary>
    Body = 3,
    /// <summary>A heartbeat: channel 0, nothing in it.</summary>
    Heartbeat = 8,
}
