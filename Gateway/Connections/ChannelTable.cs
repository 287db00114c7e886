using System.Diagnostics.CodeAnalysis;
using OrleansBroker.Gateway.Channels;

namespace OrleansBroker.Gateway.Connections;

/// <summary>A connection's channels by their numbers, and the ends of those that had them before.</summary>
internal sealed class ChannelTable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ushort, AmqpChannel> _channels = new(1);
    private Dictionary<ushort, Task>? _endings;
    private volatile AmqpChannel? _last;

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _channels.Count;
            }
        }
    }

    /// <summary>The channel of that number.</summary>
    public bool TryGet(ushort number, [NotNullWhen(true)] out AmqpChannel? channel)
    {
        channel = _last;
        if (channel?.Number == number)
        {
            return true;
        }

        lock (_lock)
        {
            _channels.TryGetValue(number, out channel);
            _last = channel ?? _last;
            return channel is not null;
        }
    }

    /// <summary>Adds a channel; returns what it has to wait for.</summary>
    public Task? Add(AmqpChannel channel)
    {
        lock (_lock)
        {
            _channels.Add(channel.Number, channel);
            return _endings is not null && _endings.Remove(channel.Number, out var ending) ? ending : null;
        }
    }

    /// <summary>Frees the channel's number; false where it was free.</summary>
    public bool Remove(AmqpChannel channel, Task? ending)
    {
        lock (_lock)
        {
            _last = null;
            if (ending is { IsCompleted: false })
            {
                (_endings ??= [])[channel.Number] = ending;
            }

            return _channels.Remove(channel.Number);
        }
    }

    /// <summary>All of them.</summary>
    public AmqpChannel[] All()
    {
        lock (_lock)
        {
            return [.. _channels.Values];
        }
    }
}
