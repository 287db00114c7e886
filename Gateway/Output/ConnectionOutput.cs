using System.Buffers;
using System.IO.Pipelines;

namespace OrleansBroker.Gateway.Output;

/// <summary>
/// What a connection sends. Frames are written straight into the transport's pipe, under one lock; one loop flushes what gathered
/// while it was flushing. Replies may always be written, for the connection stops reading while its peer does not drain them;
/// deliveries wait for room, first come first served, so that no channel starves another.
/// </summary>
internal sealed class ConnectionOutput(PipeWriter pipe, int limit, TimeProvider time) : IBufferWriter<byte>
{
    private const int Chunk = 64 * 1024;

    private readonly Lock _lock = new();
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private TaskCompletionSource? _idle;
    private long _gathered;
    private long _flushing;
    private long _flushStarted;
    private long _sent;
    private int _frames;
    private bool _flushes;
    private bool _finished;
    private bool _closed;

    /// <summary>Octets that were written and that the transport has not taken.</summary>
    public long Backlog => Volatile.Read(ref _gathered) + Volatile.Read(ref _flushing);

    /// <summary>Octets that were handed to the transport.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Whether as much waits for the peer as may.</summary>
    public bool IsFull => Backlog >= limit;

    /// <summary>Whether nothing is sent any more.</summary>
    public bool IsClosed => Volatile.Read(ref _closed);

    /// <summary>Grows with everything written: where it stands still, nothing was sent.</summary>
    public int Writes => Volatile.Read(ref _frames);

    /// <summary>For how long the transport has taken nothing of what waits for it.</summary>
    public TimeSpan Stalled => Volatile.Read(ref _flushing) == 0 ? TimeSpan.Zero : time.GetElapsedTime(Volatile.Read(ref _flushStarted));

    /// <summary>Writes frames that stay together. Does nothing once the gate or the output is closed.</summary>
    public void Write<TState>(TState state, Action<TState, IBufferWriter<byte>> write, OutputGate? gate = null)
    {
        var starts = false;
        lock (_lock)
        {
            if (!_finished && gate is not { IsClosed: true })
            {
                starts = WriteUnlocked(state, write);
            }
        }

        Flush(starts);
    }

    /// <summary>Writes frames of the connection's own end; nothing but such frames follows.</summary>
    public void WriteFinal<TState>(TState state, Action<TState, IBufferWriter<byte>> write)
    {
        bool starts;
        lock (_lock)
        {
            _finished = true;
            starts = WriteUnlocked(state, write);
        }

        Flush(starts);
    }

    /// <summary>Writes the last frames of a gate and closes it: nothing comes behind them.</summary>
    public void WriteLast<TState>(OutputGate gate, TState state, Action<TState, IBufferWriter<byte>> write)
    {
        lock (_lock)
        {
            Write(state, write, gate);
            gate.IsClosed = true;
        }
    }

    /// <summary>Waits until less waits for the peer than may.</summary>
    public ValueTask WaitForRoomAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_closed)
            {
                return ValueTask.FromCanceled(new CancellationToken(canceled: true));
            }

            if (!IsFull && _waiting.Count == 0)
            {
                return default;
            }

            var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(waiter);
            return new ValueTask(waiter.Task.WaitAsync(cancellationToken));
        }
    }

    /// <summary>Completes when all that was written has been handed to the transport.</summary>
    public Task FlushedAsync()
    {
        lock (_lock)
        {
            return _flushes ? (_idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task : Task.CompletedTask;
        }
    }

    /// <summary>Drops all that is written from now on, and ends what waits.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            while (_waiting.TryDequeue(out var waiter))
            {
                waiter.TrySetCanceled(CancellationToken.None);
            }
        }
    }

    void IBufferWriter<byte>.Advance(int count)
    {
        pipe.Advance(count);
        _gathered += count;
    }

    Memory<byte> IBufferWriter<byte>.GetMemory(int sizeHint) => pipe.GetMemory(sizeHint);

    Span<byte> IBufferWriter<byte>.GetSpan(int sizeHint) => pipe.GetSpan(sizeHint);

    /// <summary>Writes; true where the caller is to flush, once it is out of the lock.</summary>
    private bool WriteUnlocked<TState>(TState state, Action<TState, IBufferWriter<byte>> write)
    {
        if (_closed)
        {
            return false;
        }

        write(state, this);
        _frames++;
        return !_flushes && (_flushes = true);
    }

    private void Flush(bool starts)
    {
        if (starts)
        {
            _ = FlushAsync();
        }
    }

    private async Task FlushAsync()
    {
        while (TryBegin(out var flush))
        {
            var ended = false;
            try
            {
                ended = (await flush).IsCompleted;
            }
            catch (Exception failure) when (failure is IOException or InvalidOperationException or OperationCanceledException)
            {
                // The transport is gone; the reading side learns it too and ends the connection.
                ended = true;
            }

            if (ended)
            {
                Close();
            }

            MakeRoom();
        }
    }

    private bool TryBegin(out ValueTask<FlushResult> flush)
    {
        lock (_lock)
        {
            if (_gathered == 0 || _closed)
            {
                _gathered = 0;
                _flushes = false;
                _idle?.TrySetResult();
                _idle = null;
                flush = default;
                return false;
            }

            _flushing = _gathered;
            _sent += _gathered;
            _gathered = 0;
            _flushStarted = time.GetTimestamp();
            // Under the lock, because the pipe commits what was written: nobody may be writing meanwhile. It does not block.
            flush = pipe.FlushAsync();
            return true;
        }
    }

    private void MakeRoom()
    {
        lock (_lock)
        {
            _flushing = 0;
            for (var room = limit - _gathered; room > 0 && _waiting.TryDequeue(out var waiter);)
            {
                // One that gave up meanwhile takes no room.
                room -= waiter.TrySetResult() ? Chunk : 0;
            }
        }
    }
}

/// <summary>A part of the output, such as a channel, that can be closed apart from the others.</summary>
internal sealed class OutputGate
{
    /// <summary>Whether what comes through is dropped.</summary>
    public bool IsClosed { get; set; }
}
