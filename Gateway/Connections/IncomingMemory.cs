namespace OrleansBroker.Gateway.Connections;

/// <summary>
/// Octets that a connection's peer has sent and that cannot be passed on yet, over all channels. What waits behind busy channels
/// goes by itself, so the connection stops reading meanwhile. What only the peer can end, a message whose body has not come and a
/// transaction, is held: reading less would not help there, and beyond the limit the connection is closed.
/// </summary>
internal sealed class IncomingMemory(long limit)
{
    private readonly Lock _lock = new();
    private TaskCompletionSource? _room;
    private long _held;
    private long _waiting;

    /// <summary>Most octets.</summary>
    public long Limit => limit;

    /// <summary>Whether the connection must not read on.</summary>
    public bool IsFull => Volatile.Read(ref _waiting) is > 0 and var waiting && waiting + Volatile.Read(ref _held) >= limit;

    /// <summary>So much is held from now on, or, where it is negative, no more; false where that is more than may be.</summary>
    public bool Hold(long bytes)
    {
        lock (_lock)
        {
            _held += bytes;
            LetGo();
            return _held <= limit;
        }
    }

    /// <summary>So much waits from now on, or, where it is negative, no more.</summary>
    public void Wait(long bytes)
    {
        lock (_lock)
        {
            _waiting += bytes;
            LetGo();
        }
    }

    /// <summary>Completes when the connection may read on.</summary>
    public Task RoomAsync()
    {
        lock (_lock)
        {
            return IsFull ? (_room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task : Task.CompletedTask;
        }
    }

    private void LetGo()
    {
        if (_room is not null && !IsFull)
        {
            _room.TrySetResult();
            _room = null;
        }
    }
}

/// <summary>One channel's share of what its connection holds.</summary>
internal sealed class ChannelMemory(IncomingMemory connection)
{
    private readonly Lock _lock = new();
    private long _held;
    private bool _ended;

    /// <summary>The connection's.</summary>
    public IncomingMemory Connection => connection;

    /// <summary>So much is held from now on, or, where it is negative, no more; false where that is more than may be.</summary>
    public bool Hold(long bytes)
    {
        lock (_lock)
        {
            if (_ended)
            {
                return true;
            }

            _held += bytes;
            return connection.Hold(bytes);
        }
    }

    /// <summary>The channel is forgotten, and with it all that it held.</summary>
    public void End()
    {
        lock (_lock)
        {
            _ended = true;
            connection.Hold(-_held);
            _held = 0;
        }
    }
}
